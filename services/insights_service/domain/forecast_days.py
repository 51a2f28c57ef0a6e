"""What a metric will probably be on the days to come, from what it was on those that are over."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal

from services.insights_service.domain.look import Look
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.sources.day_values import day_values, since_the_first

ForecastMetric = Literal["leads", "revenue", "spend", "sessions", "purchases", "online_revenue"]
# Years repeat; what was before these says little of the next weeks.
_HISTORY: Final = timedelta(days=3 * 365)
_WEEK: Final = 7
_LEVELS: Final = (80, 95)
# Revenue is that of a day's leads, of which most need up to so many days to become contracts (docs/definitions.md).
_UNRIPE_DAYS: Final[dict[ForecastMetric, int]] = {"revenue": 30}


async def forecast_days(
    look: Look, metric: ForecastMetric, channel: str | None, horizon: int, today: date
) -> list[dict[str, Any]]:
    """From today on, so many days; none where there is no history.

    What is not told yet of the last days, or not ripe, is bridged: it is nothing that came, nor a day of nothing.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not say what was.
    """
    # (how far days are told, before they are read)
    told = ToldDays(await look.coverage(), await look.late(), today, look.moment)
    yesterday = today - timedelta(days=1)
    values = since_the_first(
        await day_values(look.service, look.tenant_id, metric, channel, yesterday - _HISTORY, yesterday)
    )
    untold = (today - told.end(metric, channel, values)).days
    unknown = max(_UNRIPE_DAYS.get(metric, 0), untold)
    known = values[: max(len(values) - unknown, 0)]
    if not known:
        return []
    return await asyncio.to_thread(_forecast, known, unknown, horizon, today)


def _forecast(values: Sequence[float], unknown: int, horizon: int, today: date) -> list[dict[str, Any]]:
    # (scipy takes half a second and 35 MB: they are spent in this thread, when somebody first asks)
    from services.insights_service.domain.forecast import forecast  # noqa: PLC0415

    mean, lower, upper = forecast(values, _WEEK, unknown + horizon, _LEVELS)
    lines = {"mean": mean, "lo80": lower[0], "hi80": upper[0], "lo95": lower[1], "hi95": upper[1]}
    return [
        {
            "dt": today + timedelta(days=day),
            **{name: round(float(line[unknown + day]), 2) for name, line in lines.items()},
        }
        for day in range(horizon)
    ]
