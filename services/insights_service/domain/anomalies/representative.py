"""Choose the finding by which a cause is reported."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.arrays import Floats

# From this rank on, a finding is worth an alert by itself, however low the threshold is.
BY_ITSELF: Final = 3.0
# Ranks that differ by at most this much, in powers of ten, are about equal.
_ALIKE: Final = 1.0
# All of a whole changed alike if the rest of it changed by at least this many times the part's relative change.
_AS_THE_PART: Final = 0.5


def representative(group: Sequence[int], episodes: Sequence[Episode], ranks: Sequence[float], bar: float) -> int:
    """Return the index of the episode that represents a cause: the one that ranks highest, with two exceptions.

    A ratio is replaced by one of its parts, there or in a segment of it, that ranks about as high, or that is the
    ratio's events and would be shown by itself: that leads have stopped says more than what the last of them cost. A
    part is replaced by the largest whole of which the rest changed as well and that would be shown by itself: if all
    visits fell by half, the channel where this is most surprising is not what to look at.
    """
    shown_by_itself = max(bar, BY_ITSELF)
    index = _part_of_ratio(group, episodes, ranks, shown_by_itself)
    wholes = [
        other
        for other in group
        if ranks[other] >= shown_by_itself and _changed_as_its_whole(episodes[index], episodes[other])
    ]
    return min(wholes, key=lambda other: len(episodes[other].series.segment), default=index)


def relative_change(one: Episode) -> float:
    """Return the change of an episode as a share of what was expected."""
    return one.change / max(abs(one.sum_expected), 1e-9)


def _part_of_ratio(group: Sequence[int], episodes: Sequence[Episode], ranks: Sequence[float], least: float) -> int:
    first = group[0]
    parts, segment = episodes[first].parts, episodes[first].series.segment
    for index in group[1:]:
        part = episodes[index].series
        is_about_as_high = ranks[index] >= ranks[first] - _ALIKE
        is_shown = is_about_as_high or ((part.metric,) == parts[:1] and ranks[index] >= least)
        if part.metric in parts and segment.items() <= part.segment.items() and is_shown:
            return index
    return first


def _changed_as_its_whole(part: Episode, whole: Episode) -> bool:
    """Whether `whole` is the same metric of more than the part, and what is not of the part changed much as it did.

    They must overlap: in a cause of many episodes, a whole may have changed at another time. Compared over the part's
    steps. The parts of a ratio do not add up to it, so a ratio's whole is never known to.
    """
    contains = whole.series.segment.items() < part.series.segment.items()
    is_comparable = part.adds_up and whole.adds_up and part.grid.grain == whole.grid.grain
    if whole.is_mild or whole.series.metric != part.series.metric or not contains or not is_comparable:
        return False
    if part.start >= whole.end or whole.start >= part.end:
        return False
    steps = slice(max(part.start, whole.begin), min(part.end, whole.begin + len(whole.expected)))
    (actual, expected), (of_all, expected_of_all) = (_over(one, steps) for one in (part, whole))
    known = ~np.isnan(actual) & ~np.isnan(of_all)
    rest_expected = float((expected_of_all - expected)[known].sum())
    rest_change = float((of_all - actual)[known].sum()) - rest_expected
    return rest_expected > 0 and rest_change / rest_expected * part.way >= _AS_THE_PART * abs(relative_change(part))


def _over(one: Episode, steps: slice) -> tuple[Floats, Floats]:
    """Return the actual and the expected values of some steps."""
    return one.series.values[steps], one.expected[steps.start - one.begin : steps.stop - one.begin]
