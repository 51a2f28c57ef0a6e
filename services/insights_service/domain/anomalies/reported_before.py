"""What was reported before: which causes it explains, and which it only meets in the company's figures."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import Finding
from services.insights_service.domain.anomalies.parts_apart import stands_out
from services.insights_service.domain.anomalies.readers import Readers
from services.insights_service.domain.anomalies.representative import BY_ITSELF
from services.insights_service.domain.anomalies.told_before import meet, series_of
from services.insights_service.store.candidates import PastFindings, Standing

# The least size of a reported cause, relative to a cause that it explains.
_LEAST_SHARE: Final = 0.5


class ReportedBefore:
    """The causes that somebody was shown, beside the episodes of this look.

    All episodes of a week meet in the company's figures, so a group may hold a small change that was reported before
    beside a large new one. What was reported explains the others unless the first of these is worth an alert by itself,
    and they are more than twice as large, or the first is not linked to it and stands out from all that contains it.
    """

    def __init__(
        self,
        past: PastFindings,
        readers: Readers,
        episodes: Sequence[Episode],
        findings: Sequence[Finding],
        impacts: Sequence[float],
    ) -> None:
        self._episodes, self._findings, self._impacts = episodes, findings, impacts
        self._standing = past.standing
        others = (one.standing for one in readers.recipients.values())
        self._shown: AbstractSet[str] = readers.company.standing.union(*others)
        recorded = {one.cause: one.impact_pct for one in past.candidates}
        by_series = dict[str, list[int]]()
        for at, one in enumerate(episodes):
            by_series.setdefault(series_of(one), []).append(at)
        self._again = {
            was.cause: [at for at in by_series.get(was.cause.rpartition(":")[0], []) if meet(episodes[at], was)]
            for was in past.standing
        }
        # The size of a cause: its largest finding's when it ranked highest, or what it was at the last look or is now.
        self._sizes = {
            was.cause: max(
                [was.impact_pct, recorded.get(was.cause, 0.0), *(impacts[at] for at in self._again[was.cause])]
            )
            for was in past.standing
        }

    def explaining(self, group: Sequence[int]) -> list[Standing]:
        """Return the earlier findings that may explain a group, those first that somebody was shown."""
        explaining = [was for was in self._standing if self._explains(was, group)]
        return sorted(explaining, key=lambda was: was.cause not in self._shown)

    def found_again(
        self, group: Sequence[int], before: Sequence[Standing], taken: AbstractSet[str]
    ) -> tuple[Standing, int] | None:
        """Return the first earlier finding that the group has again and no other has taken, and which episode it is."""
        free = (was for was in before if was.cause not in taken)
        return next(((was, at) for was in free for at in group if at in self._again[was.cause]), None)

    def apart(self, groups: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return the groups after separating what was reported from the causes that it does not explain."""
        causes = list[list[int]]()
        for group in groups:
            rest = list(group)
            for was in self._standing:
                again, others = self._split(rest, was) if was.cause in self._shown else ([], rest)
                if again and others and not self._explains(was, others):
                    causes.append(again)
                    rest = others
            causes.append(rest)
        return causes

    def _split(self, group: Sequence[int], was: Standing) -> tuple[list[int], list[int]]:
        again = self._again[was.cause]
        return [at for at in group if at in again], [at for at in group if at not in again]

    def _explains(self, was: Standing, group: Sequence[int]) -> bool:
        first = group[0]
        is_again, is_small = first in self._again[was.cause], self._findings[first].priority < BY_ITSELF
        if is_again or is_small or self._episodes[first].is_mild:
            return True
        if self._sizes[was.cause] < _LEAST_SHARE * max(self._impacts[at] for at in group):
            return False
        return meet(self._episodes[first], was) or not stands_out(first, self._episodes, self._findings)
