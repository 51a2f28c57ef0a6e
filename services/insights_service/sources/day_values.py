"""Daily values of a metric, from the call of the analytics service that returns it."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import asked, odd_answer

# GA4's default channel groups; any other name is a platform. `direct` and `email` could be either, and are channels.
_CHANNELS: Final = frozenset({
    *("affiliates", "audio", "cross-network", "direct", "display", "email", "mobile-push-notifications"),
    *("organic-search", "organic-shopping", "organic-social", "organic-video", "paid-other", "paid-search"),
    *("paid-shopping", "paid-social", "paid-video", "referral", "sms", "unassigned"),
})  # fmt: skip
_OF_DASHBOARD: Final = {name: name for name in ("leads", "spend", "revenue", "sessions")}
_OF_PLATFORM: Final = {name: name for name in ("leads", "spend")}
# The statistics of the website call the revenue of its sales `revenue`, which elsewhere is the revenue of leads.
_OF_WEBSITE: Final = {
    **{name: name for name in ("page_views", "add_to_carts", "searches", "purchases")},
    "online_revenue": "revenue",
}
_trend: Final = msgspec.json.Decoder(list[dict[str, Any]])


class _Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    trend: list[dict[str, Any]]


class _Statistics(msgspec.Struct, frozen=True, kw_only=True):
    daily: list[dict[str, Any]]


_dashboard: Final = msgspec.json.Decoder(_Dashboard)
_statistics: Final = msgspec.json.Decoder(_Statistics)


def is_platform(channel: str) -> bool:
    """Return whether a channel is a platform of leads and ads, rather than a GA4 channel."""
    return channel not in _CHANNELS


def has_days(metric: str, channel: str | None) -> bool:
    """Return whether analytics has daily values of the metric for the company (None), a GA4 channel or a platform."""
    if channel is None:
        return metric in _OF_DASHBOARD or metric in _OF_WEBSITE
    return metric in (_OF_PLATFORM if is_platform(channel) else _OF_DASHBOARD)


async def day_values(
    service: ServiceContext, tenant_id: UUID, metric: str, channel: str | None, first: date, last: date
) -> list[float]:
    """Return a value for each day from `first` to `last`, both included, of a metric that `has_days`.

    Raises:
        AnalyticsAway: the analytics service is unavailable.
        AnalyticsRefused: it refused the call, or its answer does not match its contract.
    """
    days = {"date_from": str(first), "date_to": str(last)}
    if channel is not None and is_platform(channel):
        path = "/api/analytics/campaigns/v7/metrics/trend"
        rows, name = await asked(service, tenant_id, path, {**days, "platforms": channel}, _trend), metric
    elif metric in _OF_WEBSITE:
        path = "/analytics/stats"
        asked_days = {"start_date": str(first), "end_date": str(last)}
        rows = (await asked(service, tenant_id, path, asked_days, _statistics)).daily
        name = _OF_WEBSITE[metric]
    else:
        path = f"/api/analytics/dashboard/{tenant_id}" if channel is None else f"/api/analytics/channel/{channel}"
        rows, name = (await asked(service, tenant_id, path, days, _dashboard)).trend, metric
    try:
        by_day = {str(row["dt"]): float(row[name]) for row in rows}
    except (KeyError, TypeError, ValueError) as error:
        raise odd_answer(path, error) from error
    return [by_day.get(str(first + timedelta(place)), 0.0) for place in range((last - first).days + 1)]


def since_the_first(values: list[float]) -> list[float]:
    """Return the values without the zeros at the beginning."""
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[first:]
