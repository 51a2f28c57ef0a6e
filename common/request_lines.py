"""The line that each request leaves in the log; those of one turn of the event loop are written together.

What an entry costs (its record, its time, its locks, its way into a file and to the terminal) is paid once for all of
them, and a busy service answers a dozen requests in a turn. They are written before the next turn: none is held back.
"""

import asyncio
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from loguru import logger

from common.logging import mask, request_id_var, tenant_id_var, trace_id_var, without_control

# What was asked, without what was answered: the same calls come again and again.
_masked = lru_cache(maxsize=2_000)(mask)


class LinesOfATurn:
    """What was asked and answered by each request, and the request, tenant and trace that it was; masked already."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, str, str, str]] = []

    def add(self, text: str, request_id: str, tenant_id: str, trace_id: str) -> None:
        """One more."""
        self._lines.append((text, request_id, tenant_id, trace_id))

    def __str__(self) -> str:
        return "\n".join([text for text, _, _, _ in self._lines])

    def as_json(self, moment: datetime, service: str, source: str) -> str:
        """With the names that other entries have, in their order."""
        begin = f'{{"time": "{moment.isoformat()}", "level": "INFO", "message": '
        within, end = f', "service": {quoted(service)}, "request_id": ', f'", "source": {quoted(source)}}}'
        return "\n".join([
            f'{begin}{quoted(text)}{within}{quoted(request_id)}, "tenant_id": "{tenant}", "trace_id": "{trace}{end}'
            for text, request_id, tenant, trace in self._lines
        ])  # fmt: skip

    def as_text(self, moment: datetime, service: str) -> str:
        """As other entries stand on the terminal."""
        begin = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03} INFO    {service}"
        return "\n".join([f"{begin} {without_control(text)} {request_id}" for text, request_id, _, _ in self._lines])


class RequestLines:
    """Those of one service."""

    def __init__(self) -> None:
        self._turn: LinesOfATurn | None = None

    def note(self, call: str, status: int, seconds: float) -> None:
        """Write in this turn how the request in hand was answered."""
        turn = self._turn
        if turn is None:
            turn = self._turn = LinesOfATurn()
            asyncio.get_running_loop().call_soon(self._write)
        text = f"{_masked(call)} {status} {seconds * 1000:.1f} ms"
        turn.add(text, mask(request_id_var.get()), tenant_id_var.get(), trace_id_var.get())

    def _write(self) -> None:
        turn, self._turn = self._turn, None
        logger.bind(_requests=turn).info("{}", turn)
