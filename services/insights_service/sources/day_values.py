"""A metric day by day, asked of whichever of analytics' calls has it."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import asked, odd_answer

# GA4's default channel groups; any other name is a platform's. (`direct` and `email` may be either: it is the channel.)
_CHANNELS: Final = frozenset({
    *("affiliates", "audio", "cross-network", "direct", "display", "email", "mobile-push-notifications"),
    *("organic-search", "organic-shopping", "organic-social", "organic-video", "paid-other", "paid-search"),
    *("paid-shopping", "paid-social", "paid-video", "referral", "sms", "unassigned"),
})  # fmt: skip
_OF_DASHBOARD: Final = {name: name for name in ("leads", "spend", "revenue", "sessions")}
_OF_PLATFORM: Final = {name: name for name in ("leads", "spend")}
# (what is `revenue` on the website is of its sales, and of marketing of its leads)
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
    """Whether what is called a channel is a platform of leads and ads."""
    return channel not in _CHANNELS


def has_days(metric: str, channel: str | None) -> bool:
    """Whether analytics answers the metric day by day: of the company, of a channel of GA4 or of a platform."""
    if channel is None:
        return metric in _OF_DASHBOARD or metric in _OF_WEBSITE
    return metric in (_OF_PLATFORM if is_platform(channel) else _OF_DASHBOARD)


async def day_values(
    service: ServiceContext, tenant_id: UUID, metric: str, channel: str | None, first: date, last: date
) -> list[float]:
    """Each day from the first to the last of what `has_days`.

    Raises:
        AnalyticsAway, AnalyticsRefused: as they are named.
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
        told = {str(row["dt"]): float(row[name]) for row in rows}
    except (KeyError, TypeError, ValueError) as error:
        raise odd_answer(path, error) from error
    return [told.get(str(first + timedelta(place)), 0.0) for place in range((last - first).days + 1)]


def since_the_first(values: list[float]) -> list[float]:
    """Without the days before there was anything."""
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[first:]
