"""The data service with a vendor of the tests, dying by kill -9 wherever it is told to: once for each file of a name in
the folder `MORTAL_PHASES`.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from common.clock import now
from services.data_service.contents import app
from services.data_service.domain.backfill import read_piece
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.jobs import backfill
from services.data_service.sources.vendor import QuotaSpent
from tests.data_service.fake_vendor import FakeVendor

__all__ = ["app"]
# Raised once: whoever finds it unlinks it, too.
SPENT: Final = "the quota is spent"


def die_once(phase: str) -> None:
    """kill -9, if somebody asked for it here."""
    file = Path(os.environ["MORTAL_PHASES"]) / phase
    if file.exists():
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def spend_once(phase: str) -> None:
    """Die, or have no quota left, if somebody asked for it here."""
    die_once(phase)
    file = Path(os.environ["MORTAL_PHASES"]) / SPENT
    if phase == "before a page" and file.exists():
        file.unlink()
        raise QuotaSpent(SPENT, now() + timedelta(seconds=4))


def mortal(work: Callable[..., Awaitable[Any]], *, before: str = "", after: str = "") -> Callable[..., Awaitable[Any]]:
    """The same work, with places to die."""

    async def call(*arguments: Any, **named: Any) -> Any:
        if before:
            die_once(before)
        result = await work(*arguments, **named)
        if after:
            die_once(after)
        return result

    return call


_vendor = FakeVendor(days_per_piece=3, phase=spend_once)
SOURCE_KINDS["woocommerce"] = _vendor.kind("woocommerce")
for module, name, before, after in (
    (backfill, "next_piece", "before the first piece", ""),
    (read_piece, "mark_read", "before a piece is marked", ""),
    (read_piece, "read_piece", "", "after a piece is marked"),
    (backfill, "await_refresh", "before the end", ""),
):
    setattr(module, name, mortal(getattr(module, name), before=before, after=after))
backfill.read_piece = read_piece.read_piece
backfill._LEEWAY_SECONDS = (0.0, 0.0)  # pyright: ignore[reportAttributeAccessIssue]
