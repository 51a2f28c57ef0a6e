"""Sessions by hour and channel, counted from raw rows in the simplest way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from common.db import Connection
from tests.analytics_service.origins import ORIGINS
from tests.analytics_service.reference import Reference, Row

HOUR = timedelta(hours=1)
Figures = tuple[int, int, int, int, Fraction]
NOTHING: Figures = (0, 0, 0, 0, Fraction(0))
# Sessions by day and channel, as a vendor reports them.
VendorSessions = Mapping[date, Mapping[str, int]]


def channel_of(rows: list[Row]) -> str:
    """Return the channel of a session, from its rows in order of time."""
    channels = [channel for row in rows if (channel := ORIGINS[row.origin].channel)]
    return (channels or [ORIGINS[rows[0].origin].of_user or "direct"])[0]


def by_hour(reference: Reference) -> dict[tuple[date, datetime, str], Figures]:
    """Return sessions, bought sessions, page views, purchases and revenue, by day, hour and channel."""
    found: dict[tuple[date, datetime, str], Figures] = defaultdict(lambda: NOTHING)

    def add(ts: datetime, channel: str, figures: Figures) -> None:
        day = reference.day(ts)
        begins = reference.midnight(day)
        at = (day, begins + (ts - begins) // HOUR * HOUR, channel)
        found[at] = _sum(found[at], figures)

    channels = {key: channel_of(rows) for key, rows in reference.sessions.items()}
    for key, rows in reference.sessions.items():
        kinds = [row.kind for row in rows]
        add(rows[0].ts, channels[key], (1, int("purchase" in kinds), kinds.count("page_view"), 0, Fraction(0)))
    first: dict[str, Row] = {}
    for row in reference.purchases:
        first.setdefault(row.transaction_id or "", row)
    for key, sale in reference.transactions(date.min, date.max).items():
        row = first[key]
        channel = channels.get((row.device or "", row.session_id or ""), "unassigned")
        add(row.ts, channel, (0, 0, 0, 1, Fraction(0) if sale["value"] is None else sale["amount"]))
    return dict(found)


def by_day(reference: Reference, vendor_sessions: VendorSessions) -> dict[tuple[date, str], tuple[Figures, bool]]:
    """Return the figures by day and channel, and whether they are a vendor's, which fill days without sessions."""
    found: dict[tuple[date, str], Figures] = defaultdict(lambda: NOTHING)
    for (day, _, channel), figures in by_hour(reference).items():
        found[day, channel] = _sum(found[day, channel], figures)
    seen = {day for (day, _), figures in found.items() if figures[0]}
    by_vendor = {day for day, channels in vendor_sessions.items() if channels and day not in seen}
    for day in by_vendor:
        for channel, sessions in vendor_sessions[day].items():
            found[day, channel] = _sum(found[day, channel], (sessions, 0, 0, 0, Fraction(0)))
    return {at: (figures, at[0] in by_vendor) for at, figures in found.items()}


def _sum(one: Figures, other: Figures) -> Figures:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3], one[4] + other[4])


def _figures(row: Any) -> Figures:
    counts = row["sessions"], row["bought_sessions"], row["page_views"], row["purchases"]
    return (*counts, Fraction(row["revenue"]))


async def traffic_agrees(
    connection: Connection, tenant_id: UUID, reference: Reference, vendor_sessions: VendorSessions | None = None
) -> None:
    """Check traffic_hour, traffic_day and traffic_month, row for row."""
    hours = await connection.fetch("select * from analytics.traffic_hour where tenant_id = $1", tenant_id)
    expected = {(hour, channel): figures for (_, hour, channel), figures in by_hour(reference).items()}
    assert {(row["hour"], row["channel"]): _figures(row) for row in hours} == expected

    days = await connection.fetch("select * from analytics.traffic_day where tenant_id = $1", tenant_id)
    by_days = by_day(reference, vendor_sessions or {})
    assert {(row["day"], row["channel"]): (_figures(row), row["told_by_vendor"]) for row in days} == by_days

    months: dict[tuple[date, str], tuple[Figures, int]] = defaultdict(lambda: (NOTHING, 0))
    for (day, channel), (figures, is_from_vendor) in by_days.items():
        sums, vendor_days = months[day.replace(day=1), channel]
        counts = is_from_vendor and figures[0] > 0
        months[day.replace(day=1), channel] = (_sum(sums, figures), vendor_days + counts)
    rows = await connection.fetch("select * from analytics.traffic_month where tenant_id = $1", tenant_id)
    assert {(row["month"], row["channel"]): (_figures(row), row["vendor_days"]) for row in rows} == dict(months)
