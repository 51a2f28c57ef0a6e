"""What is told in the log of fields that nobody here knows."""

from collections.abc import Generator
from contextlib import contextmanager

from loguru import logger


@contextmanager
def drift_told() -> Generator[list[str]]:
    """Each report of unknown fields meanwhile: the list they came in, and their paths."""
    told: list[str] = []

    def keep(message: str) -> None:
        _, found, report = message.partition("unknown fields in ")
        if found:
            told.append(report.strip())

    sink = logger.add(keep, level="WARNING", format="{message}")
    try:
        yield told
    finally:
        logger.remove(sink)
