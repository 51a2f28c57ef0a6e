"""Forecast of a metric for the coming days, from up to three years of its past days."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal

from services.insights_service.domain.look import Look
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.sources.day_values import day_values, since_the_first

ForecastMetric = Literal["leads", "revenue", "spend", "sessions", "purchases", "online_revenue"]
# Three years show the yearly season. Older days say little about the next weeks.
_HISTORY: Final = timedelta(days=3 * 365)
_WEEK: Final = 7
_LEVELS: Final = (80, 95)
# The most days that are forecast, from today on.
LONGEST: Final = 90
# Revenue counts for the day of its lead. Most leads need up to this many days to become contracts
# (docs/definitions.md).
_INCOMPLETE_DAYS: Final[dict[ForecastMetric, int]] = {"revenue": 30}


async def forecast_days(
    look: Look, metric: ForecastMetric, channel: str | None, horizon: int, today: date
) -> list[dict[str, Any]]:
    """Forecast `horizon` days from today on, one object for each; empty if there is no history.

    The last days are left out and forecast as well if sources have not reported them yet, or if their leads may still
    become contracts. Taken as they are, they would look like poor days.

    Raises:
        AnalyticsAway, AnalyticsRefused: the analytics service does not return the past days.
    """
    # The coverage is read before the days, so that no day counts as reported that was read before its report.
    told = ToldDays(await look.coverage(), await look.late(), today, look.moment)
    yesterday = today - timedelta(days=1)
    values = since_the_first(
        await day_values(look.service, look.tenant_id, metric, channel, yesterday - _HISTORY, yesterday)
    )
    untold = (today - told.end(metric, channel, values)).days
    unknown = max(_INCOMPLETE_DAYS.get(metric, 0), untold)
    known = values[: max(len(values) - unknown, 0)]
    if not known:
        return []
    return await asyncio.to_thread(_forecast, known, unknown, horizon, today)


def _forecast(values: Sequence[float], unknown: int, horizon: int, today: date) -> list[dict[str, Any]]:
    # Loading scipy takes half a second and 35 MB, so it happens in this thread at the first forecast.
    from services.insights_service.domain.forecast import forecast  # noqa: PLC0415

    # Models are chosen for the whole horizon. It is always the same one, so that a day has the same figures whatever
    # range is asked for. The first days were forecast as well as with a shorter one (decision 0040).
    mean, lower, upper = forecast(values, _WEEK, unknown + LONGEST, _LEVELS)
    lines = {"mean": mean, "lo80": lower[0], "hi80": upper[0], "lo95": lower[1], "hi95": upper[1]}
    return [
        {
            "dt": today + timedelta(days=day),
            **{name: round(float(line[unknown + day]), 2) for name, line in lines.items()},
        }
        for day in range(horizon)
    ]
