from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.evidence.shapes import Member, Part, Reason
from services.insights_service.domain.reasons.repeated_causes import repeated_causes

GRID = days_between(date(2026, 3, 2), date(2026, 3, 2) + timedelta(40), ZoneInfo("UTC"))


def episode(dimension: str, member: str, *, came: float = 0.0, start: int = 38) -> Episode:
    values = np.full(len(GRID), 10.0)
    values[start : start + 2] = came
    usual = np.full(2, 10.0)
    one = JudgedSeries("leads", dimension, member, member, values)
    return Episode(one, GRID, start, start + 2, True, 9.0, start, usual, usual, usual)


def from_(share: float = 90.0, **segment: str) -> list[Reason]:
    parts = [Part(dimension=dimension, members=[Member(id=member)]) for dimension, member in segment.items()]
    return [Reason(segment=parts, expected=9, actual=0, share_pct=share)]


EPISODES = {"branch": episode("branch", "N"), "product": episode("product", "P")}
REASONS = {"branch": from_(product="P"), "product": from_(branch="N")}


def test_what_comes_from_the_same_place_is_told_once_as_what_ranks_highest() -> None:
    assert repeated_causes(EPISODES, REASONS, frozenset()) == {"product": "branch"}
    campaign = EPISODES | {"campaign": episode("campaign", "meta a/1")}
    reasons = {"branch": from_(platform="meta"), "product": [], "campaign": from_(branch="N")}
    assert repeated_causes(campaign, reasons, frozenset()) == {"campaign": "branch"}


def test_what_is_told_already_stays_and_what_is_new_beside_it_is_not_told() -> None:
    assert repeated_causes(EPISODES, REASONS, frozenset({"product"})) == {"branch": "product"}
    assert repeated_causes(EPISODES, REASONS, frozenset(EPISODES)) == {}
    mildly = EPISODES | {"product": replace(EPISODES["product"], is_mild=True)}
    assert repeated_causes(mildly, REASONS, frozenset({"product"})) == {}


def test_what_is_mild_makes_no_two_places_one() -> None:
    both = {"branch": EPISODES["branch"], "channel": episode("channel", "email")}
    reasons = {
        "branch": from_(branch="N"),
        "channel": from_(channel="email"),
        "product": from_(branch="N", channel="email"),
    }
    assert repeated_causes(both, reasons, frozenset()) == {}
    with_mild = both | {"product": replace(EPISODES["product"], is_mild=True)}
    assert repeated_causes(with_mild, reasons, frozenset()) == {"product": "branch"}
    assert repeated_causes(with_mild, reasons, frozenset({"product"})) == {}
    # Of two that are mild the one that is told already stays, and the other is not told.
    mild = {name: replace(one, is_mild=True) for name, one in EPISODES.items()}
    assert repeated_causes(mild, REASONS, frozenset({"product"})) == {"branch": "product"}


def test_other_places_directions_and_times_are_causes_of_their_own() -> None:
    for other, reasons in (
        (episode("product", "P"), from_(branch="S")),
        (episode("product", "P"), from_(40.0, branch="N")),
        (episode("product", "P"), []),
        (episode("product", "P", came=30.0), from_(branch="N")),
        (episode("product", "P", start=30), from_(branch="N")),
    ):
        both = {"branch": EPISODES["branch"], "product": other}
        assert repeated_causes(both, {"branch": REASONS["branch"], "product": reasons}, frozenset()) == {}
