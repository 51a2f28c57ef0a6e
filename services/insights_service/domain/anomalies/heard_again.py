"""Sources that were late: since when their figures come again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.insights_service.domain.anomalies.judged_series import COMPANY, Read
from services.insights_service.domain.words.ended import late_source_ended
from services.insights_service.store.candidates import StandingLate


def late_sources_ended(late: Sequence[StandingLate], read: Read, language: str) -> dict[str, str]:
    """What is said of each, should it be late no more, by its cause."""
    zone = read.coverage.time_zone
    return {one.cause: late_source_ended(language, zone, one.since, _heard_again(one, read)) for one in late}


def _heard_again(late: StandingLate, read: Read) -> datetime | None:
    """The first hour or day with a figure since it was late; where none tells of it, when it was read again."""
    series = (late.metric, *(("platform", late.channel) if late.channel else (COMPANY, "")))
    for grid, rows in zip(read.grids, read.rows, strict=True):
        since = grid.place(late.since)
        since += grid.begin(since) < late.since
        # (the company's spend is of other platforms too)
        for row in (row for row in rows if row[:3] == series and (late.metric != "spend" or late.channel)):
            told = zip(row.places, row.amounts, strict=True)
            places = [place for place, amount in told if abs(amount) > 0 and place >= since]
            if places:
                return grid.begin(int(min(places)))
    kind = late.cause.partition(":")[2]
    synced = [one.last_sync_at for one in read.coverage.sources if one.kind == kind and one.last_sync_at > late.since]
    return min(synced, default=None)
