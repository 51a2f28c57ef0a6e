"""Estimating what reading a range of a GA4 property takes, and what of it is permanently lost."""

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.data_service.domain.backfill.backfill_plan import BackfillPlan, Lost, QuotaNeed
from services.data_service.domain.ga4.check import NOT_KNOWN
from services.data_service.domain.ga4.event_reports import event_reports
from services.data_service.domain.ga4.property_days import covering_days, zone_of_property
from services.data_service.domain.ga4.tokens import KEPT_FOR_TODAY, Tokens, cost_of_a_report
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.store.events.tenant_day import tenant_day
from services.data_service.store.syncs.quota_ledger import Window

# Ads, channels, users, locations: one call.
_REPORTS_A_PIECE: Final = 4
# An interrupted piece continues at its day; this many days take about fifteen seconds.
_DAYS_A_PIECE: Final = 4
_SECONDS_A_CALL: Final = 3.0
# GA4 opened in October 2020: there is nothing before.
_FIRST_DAY: Final = date(2020, 10, 14)
# What a standard property may spend: "Data API limits and quotas", …/devguides/reporting/data/v1/quotas
_STANDARD: Final = {"project_hour": 14_000, "day": 200_000}


async def plan(access: SourceAccess, first: date, last: date) -> BackfillPlan:
    """Estimate for a range (both days included) from the cost of the property's reports so far; makes no call."""
    config = Ga4Config.model_validate(access.config)
    windows = {window.span: window for window in await Tokens(access, config.property_id).windows()}
    read = _days_read(max(first, _FIRST_DAY), last, access.tenant.zone, await zone_of_property(access))
    reports = sum(read) * len(event_reports(config.custom_dimensions, first)) + len(read) * _REPORTS_A_PIECE
    # A day's event reports are one call, and so are its other reports.
    requests = sum(read) + len(read)
    return BackfillPlan(
        requests=requests,
        seconds=requests * _SECONDS_A_CALL,
        days_per_piece=_DAYS_A_PIECE,
        quota=QuotaNeed(
            unit="tokens",
            needed=reports * cost_of_a_report(list(windows.values())),
            per_hour=_usable(windows["project_hour"]),
            per_day=_usable(windows["day"]),
            left_this_hour=_left(windows["project_hour"]),
            left_today=_left(windows["day"]),
        ),
        lost=tuple(_lost(first, last)),
    )


def _days_read(first: date, last: date, zone: ZoneInfo, of_property: ZoneInfo) -> list[int]:
    """How many of the property's days each piece reads: one more if the time zones differ."""
    read: list[int] = []
    while first <= last:
        begin = max(first, last - timedelta(days=_DAYS_A_PIECE - 1))
        span = tenant_day(begin, zone).starts_at, tenant_day(last, zone).ends_at
        read.append(len(covering_days(*span, of_property)))
        last = begin - timedelta(days=1)
    return read


def _allowance(window: Window) -> int:
    return window.ceiling or _STANDARD[window.span]


def _usable(window: Window) -> int:
    """The part of a quota that a backfill may spend; the rest is kept for daily syncs."""
    return round(_allowance(window) * (1 - KEPT_FOR_TODAY))


def _left(window: Window) -> int | None:
    left = window.left()
    return None if left is None else max(left - round(_allowance(window) * KEPT_FOR_TODAY), 0)


def _lost(first: date, last: date) -> list[Lost]:
    lost = [Lost(text) for text in NOT_KNOWN[:-1]]
    lost.append(
        Lost(
            "Ids of users and sessions may be gone once the property's data retention is over (2 months unless it was"
            " set to 14), though days that are in keep theirs; custom dimensions hold nothing from before they were"
            " registered."
        )
    )
    if first < _FIRST_DAY:
        lost.append(Lost("There was no GA4 before 14 October 2020.", first, min(last, _FIRST_DAY - timedelta(days=1))))
    return lost
