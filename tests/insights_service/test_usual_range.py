"""What an alert calls usual of some hours holds about 95 of 100 such sums: more would hide what is none."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import find_anomalies
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid, hours_between
from services.insights_service.domain.forecast import forecast_many
from tests.insights_service.made_series import Floats, hours_of_a_shop

FIRST, HISTORY, AHEAD = date(2026, 1, 5), 60 * 24, 72


def grid(hours: int) -> Grid:
    return hours_between(FIRST, datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=hours), ZoneInfo("UTC"))


def visits(seed: int, hours: int) -> Floats:
    return hours_of_a_shop(np.random.default_rng(seed), hours)


@pytest.mark.parametrize("length", [3, 9, 24])
def test_sums_of_undisturbed_hours_lie_in_the_range_that_is_told(length: int) -> None:
    # (each history ends on another day of the week)
    ends = [HISTORY + 24 * (seed % 7) for seed in range(70)]
    made = [visits(seed, end + AHEAD) for seed, end in enumerate(ends)]
    mean, lower, upper = forecast_many([values[:end] for values, end in zip(made, ends, strict=True)], 24, AHEAD, (95,))
    within = list[bool]()
    for place, (values, begin) in enumerate(zip(made, ends, strict=True)):
        one = JudgedSeries("sessions", "company", "", "", values)
        for start in range(begin + 24, begin + AHEAD - length + 1, 6):
            drawn = mean[place], lower[place, 0], upper[place, 0]
            episode = Episode(one, grid(len(values)), start, start + length, False, 2.0, begin, *drawn)
            low, high = episode.interval
            within.append(low <= episode.sum_actual <= high)
    assert 0.93 <= np.mean(within) <= 0.99


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_a_night_in_which_most_visits_are_missing_is_told(seed: int) -> None:
    start = HISTORY + 19
    values = visits(seed, start + 9)
    values[start:] = np.random.default_rng(seed).binomial(values[start:].astype(int), 0.4)
    company = JudgedSeries("sessions", "company", "", "", values)
    [drop] = [one for one in find_anomalies([company], grid(len(values))) if one.end > start]
    assert (drop.way, drop.is_ongoing) == (-1, True)
