"""Waiting for an asynchronous report of Meta's: polled briefly, then again in a later step of the job."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from common.clock import now
from services.data_service.domain.meta_ads.due_days import Days
from services.data_service.domain.meta_ads.place import Report
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.sources.meta_ads.account_reader import AccountReader
from services.data_service.sources.meta_ads.refusals import NotThere, TooMuchData

# Seconds between the first polls of a new report: small ones finish at once.
LOOKS = (0.5, 1, 2, 4)
# Large ones take minutes, in which the job holds no slot; each poll costs a call or two.
LOOK_AGAIN = timedelta(seconds=30)
_LONGEST = timedelta(minutes=30)
_TOO_MUCH = (100, 1487534)


class ReportLost(Exception):
    """A report is gone, or was requested over half an hour ago; its size need not be the cause."""


async def await_report(
    reader: AccountReader, report: Report, chunk: Days, *, is_new: bool, tell: Callable[[], Awaitable[None]]
) -> None:
    """Return when a report can be read; `tell` is called between polls, and may end the wait by raising.

    Raises:
        ToBeContinued: it is not finished yet.
        ReportLost: request another.
        TooMuchData: it failed because of its size, or for a reason that a smaller one may avoid.
    """
    for pause in (*(LOOKS if is_new else ()), None):
        try:
            state = await reader.report_state(report.number)
        except NotThere:
            raise ReportLost from None
        if state.is_done:
            return
        is_late = now() - report.ordered_at > _LONGEST
        if state.error == _TOO_MUCH or (state.has_ended and not is_late):
            raise TooMuchData
        if is_late:
            raise ReportLost
        if pause is not None:
            await tell()
            await asyncio.sleep(pause)
    raise ToBeContinued(now() + LOOK_AGAIN, f"Meta gathers its report of {chunk.first} to {chunk.last}")
