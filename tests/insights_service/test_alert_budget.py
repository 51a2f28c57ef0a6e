from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pytest

from services.insights_service.domain.anomalies.alert_budget import (
    LEAST_PRIORITY,
    WEEK_HOURS,
    Past,
    Voices,
    heard,
    in_order,
    priority,
    threshold,
)
from services.insights_service.domain.anomalies.readers import Bars, Reader, passes, rank
from services.insights_service.store.candidates import Candidate

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
        bar = threshold(past, float(hour), per_week)
        shown += [float(hour)] * sum(one >= bar for one in new)
        found += [float(hour)] * len(new)
        priorities += new
    return len(shown)


@pytest.mark.parametrize("per_week", [2, 7])
@pytest.mark.parametrize(("change", "burst"), [(1.0, 1.0), (3.0, 1.0), (0.5, 1.0), (1.0, 4.0)])
def test_half_a_year_shows_the_chosen_number_a_week_whatever_is_found(per_week: int, change: float, burst: float):
    shown = alerts_in_half_a_year(per_week, 60, change, burst)
    assert 0.7 <= shown / (per_week * HALF_A_YEAR) <= 1.3


class Wanted(NamedTuple):
    """How many a week, and whether somebody said so."""

    per_week: float
    chose: bool = True


def test_a_calm_company_is_not_told_what_is_nothing():
    assert threshold(NOTHING, now=50 * WEEK_HOURS, per_week=20) == LEAST_PRIORITY


@pytest.mark.parametrize(
    ("wanted", "least", "most", "has_mild"),
    [
        (Wanted(7), 0.7, 1.3, True),
        # (as many as there are others)
        (Wanted(3), 0.7, 1.3, False),
        (Wanted(7, chose=False), 0.3, 0.6, False),
    ],
)
def test_a_number_that_was_chosen_is_filled_with_what_is_mild_after_all_else(
    wanted: Wanted, least: float, most: float, *, has_mild: bool
) -> None:
    per_week = wanted.per_week
    random = np.random.default_rng(7)
    begin, found, told = datetime(2026, 1, 5, tzinfo=UTC), list[Candidate](), list[Candidate]()
    for look in range(HALF_A_YEAR * 7):
        moment = begin + timedelta(days=look)
        new = [
            Candidate(moment, f"{look} {mild} {place}", "anomaly.leads", score, 10.0, bool(mild))
            for mild, a_week in enumerate((3.5, 8))
            for place, score in enumerate((1.1 + random.exponential(0.6, random.poisson(a_week / 7))).tolist())
        ]
        if new:
            reader = replace(_reader(per_week), told_at=[one.found_at for one in told], chose=wanted.chose)
            bar = Bars(found, begin, moment).of(reader)
            told += [one for one in new if passes(rank(one.score, one.impact_pct, Voices()), one.is_mild, bar)]
        found += new
    mild, clear = ([one for one in told if one.is_mild is mild] for mild in (True, False))
    assert least <= len(told) / (per_week * HALF_A_YEAR) <= most
    assert len(clear) >= 0.8 * min(sum(not one.is_mild for one in found), per_week * HALF_A_YEAR)
    assert bool(mild) is has_mild


def test_every_mild_finding_stands_behind_all_others_and_the_least_of_it_is_told_to_nobody():
    ranks = np.array([400.0, 1.2, 1.0, 0.9, 3.0, 0.1, -4.0])
    placed = in_order(ranks, np.array([False, False, False, False, True, True, True]))
    assert [*np.argsort(-placed)] == [0, 1, 2, 4, 3, 5, 6]
    # (however sure it is: who chose no number is not told)
    assert not passes(400.0, True, LEAST_PRIORITY)
    fill = Bars([], None, datetime(2026, 1, 5, tzinfo=UTC)).of(_reader(1000))
    assert [passes(rank, True, fill) for rank in (0.0, -0.4, -0.6)] == [True, True, False]


def test_who_wants_no_alerts_gets_none():
    assert threshold(NOTHING, now=0.0, per_week=0) > 50


def test_the_first_hour_of_a_company_has_a_bar_already():
    assert LEAST_PRIORITY < threshold(NOTHING, now=0.0, per_week=1) < 5
    assert threshold(NOTHING, now=0.0, per_week=20) < threshold(NOTHING, now=0.0, per_week=1)


def test_ten_times_the_impact_is_worth_a_tenth_of_the_chance():
    assert priority(3, 0.5, Voices()) == pytest.approx(priority(4, 0.05, Voices()))


def test_noise_lowers_what_is_shown_next_and_useful_raises_it():
    assert priority(3, 0.1, Voices(noise=6)) < priority(3, 0.1, Voices()) < priority(3, 0.1, Voices(useful=6))


def test_ones_own_word_counts_more_than_anothers_and_beside_theirs():
    company, own = Voices(useful=4, noise=1), Voices(noise=1)
    assert heard(company, own) == (4, 3)
    assert priority(3, 0.1, heard(company, own)) < priority(3, 0.1, company)


@dataclass
class Told:
    """A reader of the simulated company, and when they were told of what."""

    reader: Reader
    joined: int = 0  # weeks after the company
    told: list[Candidate] = field(default_factory=list[Candidate])


def test_each_of_several_readers_is_told_the_number_a_week_that_they_chose():
    quiet = {"anomaly.leads": heard(Voices(2, 2), Voices(noise=3))}
    readers = {
        "company": Told(_reader(7)),
        "little": Told(_reader(2)),
        "much": Told(_reader(20)),
        "large things only": Told(_reader(4, least_impact_pct=10)),
        "no leads": Told(replace(_reader(5), voices=quiet)),
        "joined late": Told(_reader(12), joined=10),
    }
    random = np.random.default_rng(7)
    begin, found = datetime(2026, 1, 5, tzinfo=UTC), list[Candidate]()
    for look in range(HALF_A_YEAR * 7):
        moment = begin + timedelta(days=look)
        new = [
            Candidate(
                moment,
                f"{look} {place}",
                ("anomaly.leads", "anomaly.spend")[place % 2],
                2 + random.exponential(0.6),
                float(min(random.lognormal(1.5, 1), 100)),
            )
            for place in range(random.poisson(60 / 7))
        ]
        bars = Bars(found, begin, moment)
        for one in readers.values():
            since = begin + timedelta(weeks=one.joined)
            if new and moment >= since:
                reader = replace(one.reader, told_at=[told.found_at for told in one.told], since=since)
                bar = bars.of(reader)
                one.told += [
                    candidate
                    for candidate in new
                    if candidate.impact_pct >= reader.least_impact_pct
                    and priority(candidate.score, candidate.impact_pct / 100, reader.voices_of(candidate.rule)) >= bar
                ]
        found += new
    of_budget = {
        name: len(one.told) / (one.reader.per_week * (HALF_A_YEAR - one.joined)) for name, one in readers.items()
    }
    assert all(0.7 <= part <= 1.3 for part in of_budget.values()), of_budget
    first = readers["joined late"]
    month = [one for one in first.told if one.found_at < begin + timedelta(weeks=first.joined + 4)]
    assert 0.6 <= len(month) / (4 * first.reader.per_week) <= 1.6
    leads = {name: np.mean([told.rule == "anomaly.leads" for told in one.told]) for name, one in readers.items()}
    assert leads["no leads"] < 0.8 * leads["company"]


def _reader(per_week: float, least_impact_pct: float = 1) -> Reader:
    return Reader(per_week, least_impact_pct, {}, [], frozenset(), None)
