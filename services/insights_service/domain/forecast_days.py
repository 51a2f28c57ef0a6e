"""What a metric will probably be on the days to come, from what it was on those that are over."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from common.http.context import ServiceContext
from services.insights_service.sources.day_values import day_values, since_the_first

ForecastMetric = Literal["leads", "revenue", "spend", "sessions", "purchases", "online_revenue"]
# Years repeat; what was before these says little of the next weeks.
_HISTORY: Final = timedelta(days=3 * 365)
_WEEK: Final = 7
_LEVELS: Final = (80, 95)
# Revenue is that of a day's leads, of which most need up to so many days to become contracts (docs/definitions.md).
_UNRIPE_DAYS: Final[dict[ForecastMetric, int]] = {"revenue": 30}


async def forecast_days(
    service: ServiceContext, tenant_id: UUID, metric: ForecastMetric, channel: str | None, horizon: int, today: date
) -> list[dict[str, Any]]:
    """From today on, so many days; none where there is no history.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say what was.
    """
    unripe = _UNRIPE_DAYS.get(metric, 0)
    last = today - timedelta(days=1 + unripe)
    values = since_the_first(await day_values(service, tenant_id, metric, channel, last - _HISTORY, last))
    if not values:
        return []
    return await asyncio.to_thread(_forecast, values, unripe, horizon, today)


def _forecast(values: Sequence[float], unripe: int, horizon: int, today: date) -> list[dict[str, Any]]:
    # (scipy takes half a second and 35 MB: they are spent in this thread, when somebody first asks)
    from services.insights_service.domain.forecast import forecast  # noqa: PLC0415

    mean, lower, upper = forecast(values, _WEEK, unripe + horizon, _LEVELS)
    lines = {"mean": mean, "lo80": lower[0], "hi80": upper[0], "lo95": lower[1], "hi95": upper[1]}
    return [
        {
            "dt": today + timedelta(days=day),
            **{name: round(float(line[unripe + day]), 2) for name, line in lines.items()},
        }
        for day in range(horizon)
    ]
