"""What an episode comes from: which leaves to read of it, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import MONEY
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.evidence.shapes import Member, Part, Reason
from services.insights_service.domain.reasons.compared_steps import ComparedSteps, compared_steps
from services.insights_service.domain.reasons.explain import explain
from services.insights_service.domain.reasons.leaves import Groups, Leaves
from services.insights_service.domain.reasons.leaves import Part as LeafPart
from services.insights_service.domain.words.names import shown_name, without_people
from services.insights_service.store.leaves import DIMENSIONS, MOST_ROWS, LeafQuestion, LeafRow, Subject

# Members of a dimension that may be named: those that changed most.
_MOST_MEMBERS: Final = 60
# Leaves that tell of a smaller change, or of the other direction, tell of something else.
_LEAST_OF_CHANGE: Final = 1 / 3
_DIGITS: Final = 4
# What links to the website say: anybody may write them, and mailings write to whom they go.
_OF_LINKS: Final = frozenset({"source", "campaign"})


class _Figure(NamedTuple):
    """Where a metric's leaves are; `counted` is the company's metric that says how many rows a day has."""

    subject: Subject
    part: str
    below: str | None = None
    counted: str = ""
    scale: float = 1.0


_FIGURES: Final = {
    "leads": _Figure("leads", "leads", counted="leads"),
    "contracts": _Figure("leads", "contracts", counted="leads"),
    "lead_revenue": _Figure("leads", "lead_revenue", counted="leads"),
    "sessions": _Figure("sessions", "sessions", counted="sessions"),
    "purchases": _Figure("sales", "purchases", counted="purchases"),
    "revenue": _Figure("sales", "revenue", counted="purchases"),
    "failed_searches": _Figure("searches", "failed_searches", counted="sessions"),
    "spend": _Figure("ads", "spend"),
    "cpl": _Figure("ads", "spend", "leads"),
    "cpc": _Figure("ads", "spend", "clicks"),
    "roas": _Figure("ads", "revenue", "spend"),
    "ctr": _Figure("ads", "clicks", "impressions", scale=100),
    "conversion_rate": _Figure("sessions", "bought", "sessions", counted="sessions", scale=100),
    "contract_rate": _Figure("leads", "contracts", "leads", counted="leads", scale=100),
}


def question_of(episode: Episode, a_day: Mapping[str, float], most_rows: float = MOST_ROWS) -> LeafQuestion | None:
    """What to read; `a_day` is what the company has of a metric in a day. None where it cannot be broken down.

    Of more rows than `most_rows` fewer weeks are compared; where one day and another hold more, a part of them is
    counted (`_kept`).
    """
    figure, segment = _FIGURES.get(episode.series.metric), episode.series.segment
    if figure is None or not segment.keys() <= set(DIMENSIONS[figure.subject]):
        return None
    most_days = most_rows / max(a_day.get(figure.counted, 0.0), 1.0)
    steps = compared_steps(episode.known, episode.grid, episode.start, episode.end, most_days)
    if not steps.own:
        return None
    return LeafQuestion(
        figure.subject,
        figure.part,
        figure.below,
        tuple(segment.get(dimension) for dimension in DIMENSIONS[figure.subject]),
        steps.days(episode.grid),
        steps.hours(episode.grid),
        steps.weights,
        _kept(episode, steps, a_day, figure, most_rows),
    )


def _kept(
    episode: Episode, steps: ComparedSteps, a_day: Mapping[str, float], figure: _Figure, most_rows: float
) -> float:
    """Which part of the rows is counted: all of them, or as many as say it well enough.

    Reading a row takes less than a tenth of what grouping it and looking up where it came from take, and no index
    finds a part of a day's rows: so the part is chosen by a hash of their keys, the same ones each time, of those
    that the episode is of. Members that are too small to be seen in it are too small to be a reason.
    """
    metric, own = episode.concerned[0], float(np.abs(episode.known[steps.places]).sum())
    if figure.below or metric in MONEY:
        usual = a_day.get(metric, 0.0)
        days = len(steps.places) / (24 if episode.grid.grain == "hour" else 1)
        own = a_day.get(figure.counted, 0.0) * (own / usual if usual > 0 else days)
    return min(most_rows / own, 1.0) if figure.counted and own > 0 else 1.0


def reasons_of(episode: Episode, asked: LeafQuestion, rows: Sequence[LeafRow], *, per_step: bool) -> list[Reason]:
    """What the leaves say, the largest share first; the figures of all steps together, or those of one."""
    leaves = _leaves(asked, rows)
    steps = sum(weight == 0 for weight in asked.weights)
    if leaves is None or not _is_of(leaves, episode, steps):
        return []
    scale = _FIGURES[episode.series.metric].scale
    per = steps if per_step and not leaves.is_ratio else 1
    names = _names(asked, rows)
    return [
        Reason(
            segment=[
                Part(
                    dimension=dimension,
                    members=[_member(dimension, one, names) for one in members],
                )
                for dimension, members in reason.segment
            ],
            expected=round(scale * reason.expected / per, _DIGITS),
            actual=round(scale * reason.actual / per, _DIGITS),
            share_pct=round(100 * reason.share, 1),
        )
        for reason in explain(leaves)
    ]


def _member(dimension: str, member: str, names: Mapping[tuple[str, str], str]) -> Member:
    """What somebody searched for, or a link says of itself, without what would tell who somebody is."""
    if dimension == "term":
        return Member(id=shown_name(member), name=shown_name(member))
    if dimension in _OF_LINKS and (dimension, member) not in names:
        return Member(id=without_people(member), name=without_people(member))
    return Member(id=member, name=names.get((dimension, member), member))


def _is_of(leaves: Leaves, episode: Episode, steps: int) -> bool:
    """Whether they tell of the episode's change."""
    least = 0.0 if leaves.is_ratio else _LEAST_OF_CHANGE * abs(episode.change) * steps / (episode.end - episode.start)
    return leaves.change * episode.change > 0 and abs(leaves.change) >= least


def _leaves(asked: LeafQuestion, rows: Sequence[LeafRow]) -> Leaves | None:
    """None where there is no dimension along which anything could be told apart."""
    figures = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, 6)
    moved = np.stack([_moved(figures), _moved(figures[:, 3:])], axis=1)
    dimensions, members, codes = list[str](), list[list[str]](), list[Groups]()
    for place, dimension in enumerate(DIMENSIONS[asked.subject]):
        known, numbers = _coded([row.members[place] for row in rows], moved)
        if len(known) > 1:
            dimensions.append(dimension)
            members.append(known)
            codes.append(numbers)
    if not dimensions:
        return None
    below = _part(figures[:, 3:]) if asked.below else None
    return Leaves(dimensions, members, np.stack(codes, axis=1), _part(figures), below)


def _moved(figures: Floats) -> Floats:
    """The change of each leaf as a part of all that there was."""
    changes = figures[:, 1] - figures[:, 0]
    return changes / max(float(np.abs(figures[:, :2]).sum()), 1e-9)


def _coded(members: Sequence[str | None], moved: Floats) -> tuple[list[str], Groups]:
    """The members that changed most, and which of them each leaf has: -1 for another or none."""
    places = {member: place for place, member in enumerate(sorted({one for one in members if one is not None}))}
    codes = np.array([-1 if one is None else places[one] for one in members], dtype=np.intp)
    known = codes >= 0
    sums = [np.bincount(codes[known], part[known], len(places)) for part in moved.T]
    order = np.argsort(-np.abs(sums).sum(axis=0), kind="stable")[:_MOST_MEMBERS]
    ranks = np.full(len(places) + 1, -1, dtype=np.intp)
    ranks[order] = np.arange(len(order))
    names = list(places)
    return [names[place] for place in order], ranks[codes]


def _part(figures: Floats) -> LeafPart:
    expected, actual, variance = figures[:, 0], figures[:, 1], figures[:, 2]
    size = float(np.abs(expected).sum() + np.abs(actual).sum())
    return LeafPart(expected, actual, float(variance.sum()) / size if size else 1.0)


def _names(asked: LeafQuestion, rows: Sequence[LeafRow]) -> dict[tuple[str, str], str]:
    return {
        (dimension, member): name
        for row in rows
        for dimension, member, name in zip(DIMENSIONS[asked.subject], row.members, row.names, strict=True)
        if member is not None and name is not None
    }
