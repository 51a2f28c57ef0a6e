"""The steps that an episode is compared with, and the reasons that its leaves give."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid, days_between, hours_between
from services.insights_service.domain.evidence.shapes import Member, Reason
from services.insights_service.domain.reasons.compared_steps import compared_steps
from services.insights_service.domain.reasons.drill_down import question_of, reasons_of
from services.insights_service.store.leaves import LeafRow

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 9, 7)
Row = tuple[list[str | None], float, float]


def days(count: int) -> Grid:
    return days_between(MONDAY, MONDAY + timedelta(count), BERLIN)


def episode_of(metric: str, expected: float, actual: float, grid: Grid | None = None, **segment: str) -> Episode:
    """Return an episode of the last two days."""
    grid = grid or days(37)
    values = np.full(len(grid), expected)
    values[-2:] = actual
    [(dimension, member)] = segment.items() or [("company", "")]
    mean = np.full(2, expected)
    start = len(grid) - 2
    one = JudgedSeries(metric, dimension, member, member, values)
    return Episode(
        one, grid, start, len(grid), is_ongoing=True, score=9, begin=start, expected=mean, low=mean, high=mean
    )


def reasons_for(episode: Episode, rows: Sequence[Row], *, per_step: bool = False) -> list[Reason]:
    """Return the reasons that leaves give, with the variance of counts."""
    question = question_of(episode, {})
    assert question is not None
    leaves = [LeafRow(one, [None] * len(one), was, is_, was + is_, 0, 0, 0) for one, was, is_ in rows]
    return reasons_of(episode, question, leaves, per_step=per_step)


def named(reason: Reason) -> list[tuple[str, str]]:
    return [(part.dimension, member.id) for part in reason.segment for member in part.members]


def test_a_step_is_compared_with_the_known_steps_of_the_four_weeks_before() -> None:
    values = np.ones(70)
    values[[69 - 14, 69 - 21, 68]] = np.nan
    steps = compared_steps(values, days(70), 68, 70, np.inf)
    assert (steps.places, steps.own) == ([69, 62, 41, 34, 27], 1)
    assert steps.weights == [0, 0.25, 0.25, 0.25, 0.25]
    values[: 69 - 7] = np.nan
    assert compared_steps(values, days(70), 68, 70, np.inf).weights == [0, 1]
    values[62] = np.nan
    assert compared_steps(values, days(70), 68, 70, np.inf) == ([], [], 0)


def test_an_episode_of_weeks_is_compared_with_the_time_before_it() -> None:
    steps = compared_steps(np.ones(70), days(70), 56, 70, np.inf)
    assert (steps.own, min(steps.places[14:]), max(steps.places[14:])) == (14, 28, 55)
    assert (set(steps.weights[14:]), sum(steps.weights)) == ({0.5}, 14)


@pytest.mark.parametrize(("most", "own", "compared"), [(10, 2, 8), (9, 2, 6), (5, 2, 2), (1, 1, 1)])
def test_with_many_rows_fewer_weeks_and_at_last_only_one_day_are_read(most: int, own: int, compared: int) -> None:
    steps = compared_steps(np.ones(70), days(70), 68, 70, most)
    assert (steps.own, len(steps.places) - own, round(sum(steps.weights), 9)) == (own, compared, own)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 10, 25), 25),  # Clocks go back: two hours of the night are compared with one.
        (date(2026, 3, 29), 23),  # Clocks go forward.
        (date(2026, 4, 5), 24),  # A week later, the skipped hour is compared with three others.
    ],
)
def test_hours_are_compared_by_clock_time(day: date, hours: int) -> None:
    grid = hours_between(day - timedelta(42), datetime(day.year, day.month, day.day, 22, tzinfo=UTC), BERLIN)
    end = int(np.flatnonzero(grid.local.astype("datetime64[D]") == np.datetime64(day))[-1]) + 1
    start = int(np.flatnonzero(grid.local.astype("datetime64[D]") == np.datetime64(day))[0])
    steps = compared_steps(np.ones(len(grid)), grid, start, end, np.inf)
    clock = (grid.local - grid.local.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    expected = np.bincount(clock[steps.places], steps.weights, 24)
    assert expected.tolist() == np.bincount(clock[start:end], minlength=24).tolist()
    assert {str(one.tzinfo) for one in steps.hours(grid) or []} == {"Europe/Berlin"}
    assert len(steps.days(grid)) == len(steps.places)
    assert steps.own <= hours


def test_a_segment_that_was_not_expected_at_all_is_named() -> None:
    rows: list[Row] = [(["meta", None, "meta a", branch, None], 100, 100) for branch in ("N", "S", "E")]
    new: Row = (["meta", None, "meta b", "S", None], 0, 90)
    [reason] = reasons_for(episode_of("leads", 150, 195), [*rows, new])
    assert (named(reason), reason.expected, reason.actual) == ([("campaign", "meta b")], 0, 90)


def test_refunds_above_sales_are_named_as_a_reason() -> None:
    rows: list[Row] = [(["direct", None, None, branch, "P"], 100, 100) for branch in ("N", "S", "E")]
    [reason] = reasons_for(episode_of("revenue", 250, 100), [*rows, (["email", None, None, "N", "P"], 200, -100)])
    assert (named(reason), reason.actual, reason.share_pct) == ([("channel", "email")], -100, 100)


def test_a_reason_of_a_level_shift_has_the_figures_of_one_step() -> None:
    rows: list[Row] = [(["t", branch], 40, 40) for branch in ("N", "S", "E")]
    [reason] = reasons_for(
        episode_of("failed_searches", 60, 100), [*rows, (["thermal paste", "S"], 0, 80)], per_step=True
    )
    assert (named(reason), reason.expected, reason.actual) == ([("term", "thermal paste")], 0, 40)


def test_addresses_in_search_terms_are_not_stored() -> None:
    rows: list[Row] = [(["t", branch], 40, 40) for branch in ("N", "S", "E")]
    [reason] = reasons_for(episode_of("failed_searches", 60, 100), [*rows, (["jo@example.com", "S"], 0, 80)])
    assert reason.segment[0].members == [Member(id="•••", name="•••")]


def test_addresses_in_links_are_not_stored() -> None:
    rows: list[Row] = [
        (["email", source, f"to {source}", None], 0 if "@" in source else 200, 400 if "@" in source else 210)
        for source in ("an.b@example.com", "news", "partner")
    ]
    reasons = reasons_for(episode_of("sessions", 200, 410), rows)
    members = [member for reason in reasons for part in reason.segment for member in part.members]
    assert members
    assert not [one for one in members if "@" in one.id + one.name]


def test_leaves_that_show_another_change_give_no_reasons() -> None:
    rows: list[Row] = [([None, None, None, branch, None], 100, 60) for branch in ("N", "S")]
    down, up = episode_of("leads", 100, 60), episode_of("leads", 60, 100)
    assert [named(one) for one in reasons_for(down, rows)] == [[]]
    assert reasons_for(up, rows) == []
    assert reasons_for(episode_of("leads", 300, 100), rows) == []


def test_figures_that_cannot_be_broken_down_are_not_read() -> None:
    assert question_of(episode_of("spend", 100, 60, channel="email"), {}) is None
    assert question_of(episode_of("page_views", 100, 60), {}) is None
    assert question_of(episode_of("leads", 100, 60, days(3)), {}) is None
    only = question_of(episode_of("leads", 100, 60, campaign="meta a/1"), {})
    assert only is not None
    assert only.only == ("meta", None, "meta a/1", None, None)
    assert reasons_for(episode_of("spend", 100, 60, campaign="meta a/1"), [(["meta", "meta a/1"], 200, 120)]) == []


def test_a_ratio_is_explained_by_members_whose_parts_moved_apart() -> None:
    episode = episode_of("ctr", 2, 1.5)
    question = question_of(episode, {})
    assert question is not None
    assert (question.part, question.below) == ("clicks", "impressions")
    rows = [LeafRow(["meta", f"meta {n}"], [None, f"Ad {n}"], 200, 200, 400, 1e4, 1e4, 1e6) for n in range(3)]
    worse = LeafRow(["google", "google x"], [None, "Search"], 200, 0, 200, 1e4, 1e4, 1e6)
    [reason, *_] = reasons_of(episode, question, [*rows, worse], per_step=False)
    assert [(one.dimension, one.members[0].id) for one in reason.segment] in (
        [[("platform", "google")], [("campaign", "google x")]]
    )
    assert (reason.expected, reason.actual, reason.share_pct) == (2, 0, 100)
