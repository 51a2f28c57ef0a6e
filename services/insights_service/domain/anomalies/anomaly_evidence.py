"""Turn an episode into evidence: its figures, its sources, and the series to plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.find_late_sources import LateWord
from services.insights_service.domain.anomalies.judged_series import COMPANY, MONEY, JudgedSeries
from services.insights_service.domain.anomalies.ratio_metrics import COSTS, RATIO_METRICS
from services.insights_service.domain.anomalies.return_period import return_period_days
from services.insights_service.domain.anomalies.series_grid import Grid
from services.insights_service.domain.evidence.shapes import (
    Anomaly,
    LateSource,
    LevelShift,
    Member,
    Part,
    Point,
    Unit,
    Window,
    known,
)
from services.insights_service.domain.evidence.written import at

# The number of steps plotted before an episode, and the length from which on an ongoing one is a level shift.
_BEFORE: Final = {"hour": 48, "day": 21}
_LEVEL: Final = {"hour": 3 * 24, "day": 7}
_DIGITS: Final = 4


def evidence_of(episode: Episode, rule: str, currency: str, names: Mapping[str, str]) -> Anomaly | LevelShift:
    """Return the evidence of an episode without its reasons; `names` are the members' names (see `names_of`)."""
    one, grid = episode.series, episode.grid
    is_level = episode.is_ongoing and episode.end - episode.start >= _LEVEL[grid.grain]
    per = episode.end - episode.start if is_level and episode.adds_up else 1
    expected, actual = episode.sum_expected, episode.sum_actual
    low, high = episode.interval
    kind = LevelShift if is_level else Anomaly
    of_all = return_period_days(episode.score, grid.grain, is_ratio=one.metric in RATIO_METRICS)
    return kind(
        metric=one.metric,
        unit=_unit(one.metric),
        grain=grid.grain,
        rule=rule,
        currency=currency if _unit(one.metric) == "money" else None,
        window=Window(start=_at(grid, episode.start), end=_at(grid, episode.end)),
        segment=_segment(one.segment, names),
        expected=_round(expected / per),
        actual=_round(actual / per),
        low=known(_round(low / per)),
        high=known(_round(high / per)),
        change_pct=_round(100 * (actual - expected) / expected) if expected > 0 else None,
        score=_round(episode.score),
        return_period_days=_round(min(of_all, episode.past_days)),
        direction="up" if episode.change > 0 else "down",
        is_ongoing=episode.is_ongoing,
        is_mild=episode.is_mild,
        is_good=(episode.change < 0) is (one.metric in COSTS) if one.metric in RATIO_METRICS else None,
        series=_points(episode),
        sources=[f"analytics.{one.metric}"],
    )


def late_evidence(late: LateWord, rule: str, currency: str) -> LateSource:
    """Return the evidence of a late source."""
    grid, metric = late.grid, late.pulse.metric if late.pulse else (*late.metrics, "sessions")[0]
    points = list[Point]()
    if late.pulse is not None:
        start, values = max(grid.place(late.since) - _BEFORE[grid.grain], 0), late.pulse.values
        points = [Point(at=_at(grid, step), actual=known(float(values[step]))) for step in range(start, len(grid))]
    # A missing day is given as a date, and the time when a source was last read with its hour.
    by_day = late.status == "silent" and grid.grain == "day"
    return LateSource(
        metric=metric,
        unit=_unit(metric),
        grain=grid.grain,
        rule=rule,
        currency=currency if metric in MONEY else None,
        source=late.source,
        status=late.status,
        since=at(late.since.date()) if by_day else at(late.since.astimezone(grid.zone)),
        metrics=list(late.metrics),
        series=points,
    )


def _at(grid: Grid, step: int) -> str:
    moment = grid.begin(step)
    return at(moment.date()) if grid.grain == "day" else at(moment)


def _unit(metric: str) -> Unit:
    if metric in COSTS:
        return "money"
    return "ratio" if metric in RATIO_METRICS else "money" if metric in MONEY else "count"


def _round(value: float) -> float:
    return round(float(value), _DIGITS)


def _segment(segment: Mapping[str, str], names: Mapping[str, str]) -> list[Part]:
    return [
        Part(dimension=dimension, members=[Member(id=member, name=names.get(f"{dimension} {member}", member))])
        for dimension, member in segment.items()
        # The platform follows from the campaign.
        if not (dimension == "platform" and "campaign" in segment)
    ]


def _points(episode: Episode) -> list[Point]:
    values, start = episode.series.values, max(episode.start - _BEFORE[episode.grid.grain], 0)
    points = list[Point]()
    for step in range(start, episode.series.known_until):
        place = step - episode.begin
        actual = known(float(values[step]))
        if step < episode.start or place >= len(episode.expected):
            points.append(Point(at=_at(episode.grid, step), actual=actual))
            continue
        expected, low, high = (_round(part[place]) for part in (episode.expected, episode.low, episode.high))
        ends = {"low80": low, "high80": high} if episode.is_mild else {"low": low, "high": high}
        points.append(Point(at=_at(episode.grid, step), actual=actual, expected=expected, **ends))
    return points


def names_of(series: Sequence[JudgedSeries]) -> dict[str, str]:
    """Return the names of the members of all dimensions, by "dimension member"."""
    return {f"{one.dimension} {one.member_id}": one.member_name for one in series if one.dimension != COMPANY}
