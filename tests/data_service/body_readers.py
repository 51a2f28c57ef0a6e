"""Bodies that a process of their own reads, and those processes."""

from typing import Any

import psutil

from tests.data_service.export_rows import NOON

# As many events as make a body large.
LARGE = 1_000
END_SECONDS = 20


def events(count: int = LARGE, **more: Any) -> list[dict[str, Any]]:
    """Events to post."""
    return [
        {"event_name": "page_view", "event_timestamp": NOON + number, "user_pseudo_id": "d.1", **more}
        for number in range(count)
    ]


def readers(*, of_others: bool = False) -> list[psutil.Process]:
    """The processes that read bodies for this one; also those of other processes that it started, where asked for."""
    return [one for one in psutil.Process().children(recursive=of_others) if _is_reader(one)]


def _is_reader(process: psutil.Process) -> bool:
    try:
        return any("body_reader" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        # Others, of Postgres, come and go.
        return False
