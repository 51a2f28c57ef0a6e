"""What was unusual for some days and is over: it was told when it began, and its end is no news."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import find_anomalies
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import hours_between
from tests.insights_service.made_series import Floats, hours_of_a_shop

FIRST, HISTORY = date(2026, 1, 5), 60 * 24


def found(values: Floats) -> list[Episode]:
    end = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=len(values))
    grid = hours_between(FIRST, end, ZoneInfo("UTC"))
    return find_anomalies([JudgedSeries("sessions", "company", "", "", values)], grid)


def visits(seed: int, after: int, during: float, then: float = 1.0) -> Floats:
    """Of a shop that has so many times as many for three days, and afterwards."""
    made = hours_of_a_shop(np.random.default_rng([8, seed]), HISTORY + 72 + after, an_hour=600)
    made[HISTORY : HISTORY + 72] = np.round(made[HISTORY : HISTORY + 72] * during)
    made[HISTORY + 72 :] = np.round(made[HISTORY + 72 :] * then)
    return made


@pytest.mark.parametrize(("seed", "after"), [(5, 24), (1, 72), (7, 130)])
def test_the_end_of_three_days_of_a_sale_is_no_drop_but_what_falls_below_the_usual_is(seed: int, after: int) -> None:
    # (by the last look the sale began longer ago than alarms are looked for)
    [sale] = [one for one in found(visits(seed, 0, 3.0)) if one.start >= HISTORY - 2]
    assert (sale.way, sale.is_ongoing) == (1, True)
    ended = [one for one in found(visits(seed, after, 3.0)) if one.start >= HISTORY + 48]
    assert ended == []
    [drop] = [one for one in found(visits(seed, after, 3.0, then=0.3)) if one.start >= HISTORY + 48]
    assert (drop.way, drop.is_ongoing) == (-1, True)


def test_the_end_of_an_outage_of_three_days_is_no_spike() -> None:
    assert [one for one in found(visits(2, 24, 0.0)) if one.way > 0 and one.start >= HISTORY] == []
