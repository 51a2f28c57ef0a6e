import numpy as np
import pytest

from services.insights_service.domain.anomalies.alert_budget import (
    LEAST_PRIORITY,
    WEEK_HOURS,
    Past,
    Voices,
    choose,
    priority,
    threshold,
)

HALF_A_YEAR = 26
NOTHING = Past(np.array([]), np.array([]), np.array([]), since=0.0)


def alerts_in_half_a_year(per_week: float, per_week_found: float, change: float = 1.0, burst: float = 1.0) -> int:
    """How many are shown where so many are found a week; that changes half-way, and every eighth week bursts."""
    random = np.random.default_rng(7)
    found, priorities, shown = list[float](), list[float](), list[float]()
    for hour in range(int(HALF_A_YEAR * WEEK_HOURS)):
        week = hour // WEEK_HOURS
        rate = per_week_found * (change if week >= HALF_A_YEAR / 2 else 1.0) * (burst if week % 8 == 7 else 1.0)
        new = (1.5 + random.exponential(0.5, random.poisson(rate / WEEK_HOURS))).tolist()
        if not new:
            continue
        past = Past(np.array(found), np.array(priorities), np.array(shown), since=0.0)
        shown += [float(hour)] * len(choose(new, threshold(past, float(hour), per_week)))
        found += [float(hour)] * len(new)
        priorities += new
    return len(shown)


@pytest.mark.parametrize("per_week", [2, 7])
@pytest.mark.parametrize(("change", "burst"), [(1.0, 1.0), (3.0, 1.0), (0.5, 1.0), (1.0, 4.0)])
def test_half_a_year_shows_the_chosen_number_a_week_whatever_is_found(per_week: int, change: float, burst: float):
    shown = alerts_in_half_a_year(per_week, 60, change, burst)
    assert 0.7 <= shown / (per_week * HALF_A_YEAR) <= 1.3


def test_a_calm_company_is_not_told_what_is_nothing():
    assert threshold(NOTHING, now=50 * WEEK_HOURS, per_week=20) == LEAST_PRIORITY


def test_who_wants_no_alerts_gets_none():
    assert choose([50.0], threshold(NOTHING, now=0.0, per_week=0)) == []


def test_the_first_hour_of_a_company_has_a_bar_already():
    assert LEAST_PRIORITY < threshold(NOTHING, now=0.0, per_week=1) < 5
    assert threshold(NOTHING, now=0.0, per_week=20) < threshold(NOTHING, now=0.0, per_week=1)


def test_what_matters_most_comes_first():
    assert choose([3.0, 9.0, 1.0, 5.0], 2.5) == [1, 3, 0]


def test_ten_times_the_impact_is_worth_a_tenth_of_the_chance():
    assert priority(3, 0.5, Voices()) == pytest.approx(priority(4, 0.05, Voices()))


def test_noise_lowers_what_is_shown_next_and_useful_raises_it():
    assert priority(3, 0.1, Voices(noise=6)) < priority(3, 0.1, Voices()) < priority(3, 0.1, Voices(useful=6))


def test_precision_is_the_share_of_voices_that_said_useful():
    assert Voices(useful=3, noise=1).precision == 0.75
    assert Voices().precision is None
