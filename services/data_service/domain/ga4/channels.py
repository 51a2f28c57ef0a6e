"""Sessions by channel and day from GA4: the events of its Data API do not include a session's source."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from common.db import Connection
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.ga4.due_days import is_settled
from services.data_service.domain.ga4.flag_days import flag_days
from services.data_service.domain.ga4.read_reports import WholeReport
from services.data_service.domain.ga4.report_rows import ReportRows, number_in
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.domain.values import text_of
from services.data_service.sources.ga4.report import Report
from services.data_service.sources.vendor import VendorAway
from services.data_service.store.ads.channel_days import (
    ChannelDay,
    ToldBy,
    announce_channel_days,
    replace_channel_days,
    told_sessions,
)

CHANNELS: Final = "channels"
_METRICS: Final = ("sessions", "engagedSessions", "keyEvents", "totalRevenue")
_NO_CHANNEL: Final = "unassigned"


def channels_report(days: tuple[date, date]) -> Report:
    """The report request."""
    return Report(CHANNELS, ("date", "sessionDefaultChannelGroup"), _METRICS, *days)


async def put_in_channels(
    run: SyncRun, connection: Connection, report: WholeReport, days: tuple[date, date], today: date
) -> None:
    """Replace the days' channels by GA4's current ones, but for settled days of which GA4 has lost sessions.

    Raises:
        VendorAway: a row cannot be read.
    """
    try:
        rows = [_channel_day(row) for row in ReportRows(("date", "channel", *_METRICS), report.rows).by_column()]
    except (Rejected, ValueError) as error:
        reason = f"GA4's report of channels makes no sense: {error}."
        raise VendorAway(reason) from None
    by = ToldBy(run.config["property_id"], run.source.source_id, report.currency or None)
    kept = _kept(await told_sessions(connection, run.tenant_id, by.property_id, days), rows, today)
    replaced = await replace_channel_days(connection, run.tenant_id, by, days, _added_up(rows), but=kept)
    await announce_channel_days(connection, run.tenant_id, run.job.job_id, replaced.days)
    await flag_days(run, connection, CHANNELS, days, report.flags, kept)
    run.job.count({"channel_day": replaced.changed} | ({"kept_older_channel_days": len(kept)} if kept else {}))


def slug_of(channel: str) -> str:
    """A default channel group's name as our channels are written: "Paid Search" → `paid-search`."""
    return re.sub(r"[^a-z0-9]+", "-", text_of(channel, "channel").lower()).strip("-") or _NO_CHANNEL


def _kept(before: Mapping[date, int], rows: Sequence[ChannelDay], today: date) -> dict[date, dict[str, Any]]:
    """The settled days with fewer reported than stored sessions, with both numbers."""
    now: Counter[date] = Counter()
    for row in rows:
        now[row.day] += row.sessions
    return {
        day: {"kept": {"sessions": sessions}, "told": {"sessions": now[day]}}
        for day, sessions in before.items()
        if is_settled(day, today) and now[day] < sessions
    }


def _channel_day(row: dict[str, str]) -> ChannelDay:
    sessions, engaged, key_events, revenue = (number_in(row[name], name) for name in _METRICS)
    day = datetime.strptime(row["date"], "%Y%m%d").date()  # noqa: DTZ007 -- a day, not an instant
    return ChannelDay(day, slug_of(row["channel"]), int(sessions), int(engaged), key_events, revenue)


def _added_up(rows: list[ChannelDay]) -> list[ChannelDay]:
    """One row per day and channel, also if two of GA4's names map to one of ours."""
    sums: dict[tuple[date, str], ChannelDay] = {}
    for row in rows:
        before = sums.get((row.day, row.channel))
        sums[row.day, row.channel] = (
            row
            if before is None
            else row._replace(
                sessions=before.sessions + row.sessions,
                engaged_sessions=before.engaged_sessions + row.engaged_sessions,
                key_events=before.key_events + row.key_events,
                revenue=before.revenue + row.revenue,
            )
        )
    return list(sums.values())
