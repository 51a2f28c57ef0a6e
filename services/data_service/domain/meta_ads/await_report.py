"""Having Meta gather many days in a report of its own, and waiting for it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import chain, repeat

from common.clock import now
from services.data_service.domain.meta_ads.due_days import Days
from services.data_service.sources.meta_ads.account_reader import AccountReader
from services.data_service.sources.meta_ads.refusals import NotThere, TooMuchData
from services.data_service.sources.vendor import VendorAway

# Seconds between looks: small reports are done at once, large ones take minutes, and each look costs a call.
LOOKS = (0.5, 1, 2, 4, 8, 15)
_LONGEST = timedelta(minutes=30)
_TOO_MUCH = (100, 1487534)


class ReportLost(Exception):
    """A report is there no more, or one that an earlier attempt ordered came to nothing: order another."""


async def await_report(
    reader: AccountReader, report: str, chunk: Days, *, is_old: bool, tell: Callable[[], Awaitable[None]]
) -> None:
    """Return once a report can be read; `tell` is called between looks, and may end the wait.

    Raises:
        ReportLost: it is gone; or it was ordered before (`is_old`), and has failed or expired since.
        TooMuchData: it failed over its size, or for no reason that a smaller one would share.
        VendorAway: it is not done after half an hour, or a single day failed.
    """
    began = now()
    for pause in chain(LOOKS, repeat(LOOKS[-1])):
        try:
            state = await reader.report_state(report)
        except NotThere:
            raise ReportLost from None
        if state.is_done:
            return
        if state.has_ended and is_old:
            raise ReportLost
        if state.error == _TOO_MUCH or (state.has_ended and chunk.length > 1):
            raise TooMuchData
        if state.has_ended or now() - began > _LONGEST:
            reason = f"Meta did not finish its report of {chunk.first} to {chunk.last} ({state.status})"
            raise VendorAway(reason)
        await tell()
        await asyncio.sleep(pause)
