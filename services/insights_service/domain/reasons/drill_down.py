"""Drill-down of an episode: the question of which leaves to read, and the reasons that follow from the leaves.

A leaf is a combination of one member of each dimension.
"""

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

# Only the members of a dimension that changed most can be named.
_MOST_MEMBERS: Final = 60
# If the leaves add up to less than this share of the episode's change, they do not explain it.
_LEAST_OF_CHANGE: Final = 1 / 3
_DIGITS: Final = 4
# Dimensions taken from links to the website. Anybody can write these links, and mailings put addressees into them.
_FROM_LINKS: Final = frozenset({"source", "campaign"})


class _Figure(NamedTuple):
    """Where a metric's leaves are: a part of a subject, over the part `below` if the metric is a ratio.

    `counted` is the company's metric that says how many rows a day has.
    """

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
    """Return which leaves to read for an episode, or None if it cannot be broken down.

    `a_day` holds what the company usually has of each metric in a day. If the comparison would read more than
    `most_rows`, fewer weeks are compared; if two days alone hold more, a sample of the rows is read.
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
        _sampled_share(episode, steps, a_day, figure, most_rows),
    )


def _sampled_share(
    episode: Episode, steps: ComparedSteps, a_day: Mapping[str, float], figure: _Figure, most_rows: float
) -> float:
    """Return the share of the episode's rows to sample, so that about `most_rows` are counted; 1.0 for all of them.

    Reading a row takes less than a tenth of the time of grouping it and looking up its origin, and no index finds a
    part of a day's rows. The sample is therefore chosen while reading, by a hash of the rows' keys, so that it is the
    same each time. Members too small to be seen in the sample are too small to be a reason.
    """
    metric, rows = episode.concerned[0], float(np.abs(episode.known[steps.places]).sum())
    if figure.below or metric in MONEY:
        usual = a_day.get(metric, 0.0)
        days = len(steps.places) / (24 if episode.grid.grain == "hour" else 1)
        rows = a_day.get(figure.counted, 0.0) * (rows / usual if usual > 0 else days)
    return min(most_rows / rows, 1.0) if figure.counted and rows > 0 else 1.0


def reasons_of(episode: Episode, asked: LeafQuestion, rows: Sequence[LeafRow], *, per_step: bool) -> list[Reason]:
    """Return the reasons that the leaves give, the largest share first; empty if the leaves show another change.

    Their figures are sums over all steps, or with `per_step` those of one step.
    """
    leaves = _leaves(asked, rows)
    steps = sum(weight == 0 for weight in asked.weights)
    if leaves is None or not _explain_change(leaves, episode, steps):
        return []
    scale = _FIGURES[episode.series.metric].scale
    per = steps if per_step and not leaves.is_ratio else 1
    names = _names(asked, rows)
    return [
        Reason(
            segment=[
                Part(
                    dimension=dimension,
                    members=[_member(dimension, member, names) for member in members],
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
    """Name a member; search terms and values from links are freed from what could identify a person."""
    if dimension == "term":
        return Member(id=shown_name(member), name=shown_name(member))
    if dimension in _FROM_LINKS and (dimension, member) not in names:
        return Member(id=without_people(member), name=without_people(member))
    return Member(id=member, name=names.get((dimension, member), member))


def _explain_change(leaves: Leaves, episode: Episode, steps: int) -> bool:
    """Return whether the leaves changed in the episode's direction, and by enough of its change."""
    least = 0.0 if leaves.is_ratio else _LEAST_OF_CHANGE * abs(episode.change) * steps / (episode.end - episode.start)
    return leaves.change * episode.change > 0 and abs(leaves.change) >= least


def _leaves(asked: LeafQuestion, rows: Sequence[LeafRow]) -> Leaves | None:
    """Arrange rows as leaves; None if no dimension has more than one member."""
    figures = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, 6)
    changes = np.stack([_relative_changes(figures), _relative_changes(figures[:, 3:])], axis=1)
    dimensions, members, codes = list[str](), list[list[str]](), list[Groups]()
    for place, dimension in enumerate(DIMENSIONS[asked.subject]):
        known, numbers = _coded([row.members[place] for row in rows], changes)
        if len(known) > 1:
            dimensions.append(dimension)
            members.append(known)
            codes.append(numbers)
    if not dimensions:
        return None
    below = _part(figures[:, 3:]) if asked.below else None
    return Leaves(dimensions, members, np.stack(codes, axis=1), _part(figures), below)


def _relative_changes(figures: Floats) -> Floats:
    """Return the change of each leaf as a share of the sum of all expected and actual values."""
    changes = figures[:, 1] - figures[:, 0]
    return changes / max(float(np.abs(figures[:, :2]).sum()), 1e-9)


def _coded(members: Sequence[str | None], changes: Floats) -> tuple[list[str], Groups]:
    """Return the members that changed most, and the index of each leaf's member among them: -1 for another or none."""
    places = {member: place for place, member in enumerate(sorted({each for each in members if each is not None}))}
    codes = np.array([-1 if each is None else places[each] for each in members], dtype=np.intp)
    known = codes >= 0
    sums = [np.bincount(codes[known], part[known], len(places)) for part in changes.T]
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
