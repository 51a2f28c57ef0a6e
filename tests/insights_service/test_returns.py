"""What was unusual for some days and is over: it was told when it began, and its end is no news."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_anomalies import find_anomalies
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between
from tests.insights_service.made_series import Floats, hours_of_a_shop

FIRST, HISTORY = date(2026, 1, 5), 60 * 24


def found(values: Floats) -> list[Episode]:
    end = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=len(values))
    grid = hours_between(FIRST, end, ZoneInfo("UTC"))
    return find_anomalies([JudgedSeries("sessions", "company", "", "", values)], grid)


def found_by_day(values: Floats) -> list[Episode]:
    grid = days_between(FIRST, FIRST + timedelta(len(values)), ZoneInfo("UTC"))
    return find_anomalies([JudgedSeries("sessions", "company", "", "", values)], grid)


def days(seed: int, *spans: tuple[int, float]) -> Floats:
    """Of a shop for four months, and then for so many days with so many times as many."""
    rng = np.random.default_rng([9, seed])
    factors = np.concatenate([np.ones(120), *(np.full(length, factor) for length, factor in spans)])
    week = np.resize([1.1, 1.1, 1.05, 1.0, 1.0, 0.7, 0.5], len(factors))
    return rng.poisson(300 * week * rng.gamma(100, 0.01, len(factors)) * factors).astype(np.float64)


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


@pytest.mark.parametrize(
    ("before", "after"),
    [((3, 3.0), (2, 0.0)), ((1, 10.0), (2, 0.1)), ((6, 2.5), (2, 0.2)), ((3, 0.0), (2, 3.0)), ((5, 0.3), (2, 3.0))],
    ids=str,
)
def test_a_stop_that_follows_a_surge_is_found_and_so_is_the_other_way_round(
    before: tuple[int, float], after: tuple[int, float]
) -> None:
    way = 1 if after[1] > before[1] else -1
    for seed in range(3):
        told = [one for one in found_by_day(days(seed, before, after)) if one.end > 120]
        first, second = sorted(told, key=lambda one: one.start)
        assert (first.way, second.way) == (-way, way)
        assert (first.start, first.end, second.start, second.end) == (
            120,
            120 + before[0],
            120 + before[0],
            122 + before[0],
        )


@pytest.mark.parametrize("factor", [0.4, 2.5])
def test_the_end_of_some_days_is_no_news_and_the_loss_of_a_level_of_weeks_is(factor: float) -> None:
    def changes(length: int, seed: int) -> list[int]:
        made = days(seed, (length, factor), (3, 1.0))
        return [one.way for one in found_by_day(made) if one.start >= 118 + length]

    assert [changes(length, seed) for length in (4, 7, 10) for seed in (1, 2)] == [[]] * 6
    lost = [changes(length, seed) for length in (16, 20, 24) for seed in (1, 2)]
    # (a wobble of the level may look like what the loss is the end of)
    assert lost.count([-1 if factor > 1 else 1]) >= 5
