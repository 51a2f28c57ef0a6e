"""Describe the end of a source's lateness, with the time since when its figures arrive again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.insights_service.domain.anomalies.judged_series import COMPANY, Read
from services.insights_service.domain.words.ended import late_source_ended
from services.insights_service.store.candidates import StandingLate


def late_sources_ended(late: Sequence[StandingLate], read: Read, language: str) -> dict[str, str]:
    """Return the text for each late source in case it is late no more, by cause."""
    zone = read.coverage.time_zone
    return {one.cause: late_source_ended(language, zone, one.since, _heard_again(one, read)) for one in late}


def _heard_again(late: StandingLate, read: Read) -> datetime | None:
    """Return the first hour or day with a figure since it was late; without any, the time of its next sync."""
    series = (late.metric, *(("platform", late.channel) if late.channel else (COMPANY, "")))
    for grid, rows in zip(read.grids, read.rows, strict=True):
        since = grid.place(late.since)
        since += grid.begin(since) < late.since
        # The company's spend includes other platforms, so it does not show that this source is back.
        for row in (row for row in rows if row[:3] == series and (late.metric != "spend" or late.channel)):
            told = zip(row.places, row.amounts, strict=True)
            places = [place for place, amount in told if abs(amount) > 0 and place >= since]
            if places:
                return grid.begin(int(min(places)))
    kind = late.cause.partition(":")[2]
    synced = [one.last_sync_at for one in read.coverage.sources if one.kind == kind and one.last_sync_at > late.since]
    return min(synced, default=None)
