"""The readers of alerts: the company, and recipients with settings of their own. Each has a threshold of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np

from services.insights_service.domain.anomalies.alert_budget import (
    LEAST_MILD,
    LEAST_PRIORITY,
    Past,
    Voices,
    heard,
    in_order,
    priority,
    threshold,
    worth,
)
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.candidates import Candidate, PastFindings, Shown

_HOUR: Final = 3600.0
_LEAST: Final = float(in_order(np.array(LEAST_MILD), np.array(True)))


@dataclass(frozen=True)
class Reader:
    """One reader's settings, feedback by rule, and history.

    `told_at` are the times of earlier alerts, `standing` the causes that they are shown now. `since` is when the number
    a week was set; None means that it has always applied. A reader who `chose` the number also receives mild findings
    where others do not fill it.
    """

    per_week: float
    least_impact_pct: float
    voices: Mapping[str, Voices]
    told_at: Sequence[datetime]
    standing: frozenset[str]
    since: datetime | None
    chose: bool = True

    def voices_of(self, rule: str) -> Voices:
        """Return the feedback that applies to a rule."""
        return self.voices.get(rule, Voices())


@dataclass(frozen=True)
class Readers:
    """The company, and recipients with settings of their own, by account."""

    company: Reader
    recipients: Mapping[UUID, Reader]

    @property
    def most_a_week(self) -> float:
        """Return the largest number of alerts that somebody chose, or 0."""
        return max((one.per_week for one in (self.company, *self.recipients.values()) if one.chose), default=0.0)


def readers_of(
    settings: AlertSettings,
    past: PastFindings,
    voices: Mapping[str, tuple[int, int]],
    own: Mapping[UUID, Mapping[str, tuple[int, int]]],
) -> Readers:
    """Return all readers; `voices` is everybody's feedback (useful, noise) by rule, `own` each account's own."""
    company = {rule: Voices(*said) for rule, said in voices.items()}
    shown = frozenset(one.cause for one in past.standing if one.is_shown)
    everybody = Reader(
        settings.alerts_per_week,
        float(settings.least_impact_pct),
        company,
        past.told_at,
        shown,
        settings.since,
        settings.is_chosen,
    )
    recipients = dict[UUID, Reader]()
    for one in settings.recipients:
        said = {rule: Voices(*voice) for rule, voice in own.get(one.account_id, {}).items()}
        told = past.recipients.get(one.account_id, Shown())
        recipients[one.account_id] = Reader(
            one.alerts_per_week,
            float(one.least_impact_pct),
            {rule: heard(company.get(rule, Voices()), said.get(rule, Voices())) for rule in company | said},
            told.told_at,
            told.causes,
            one.since,
        )
    return Readers(everybody, recipients)


def rank(score: float, impact_pct: float, voices: Voices) -> float:
    """Return the priority of a finding with a score and an impact for the reader with this feedback."""
    return priority(score, min(impact_pct, 100.0) / 100, voices)


def passes(rank: float, is_mild: bool, bar: float) -> bool:  # noqa: FBT001 -- a figure of two
    """Whether a finding of this priority is shown: mild ones are reduced as for computing the threshold."""
    return bool(in_order(np.array(rank), np.array(is_mild)) >= bar)


class Bars:
    """Compute readers' thresholds from the findings of the last half year."""

    def __init__(self, found: Sequence[Candidate], judged_since: datetime | None, now: datetime) -> None:
        self._now = _hours(now)
        self._since = _hours(judged_since or now)
        self._found_at = np.array([_hours(one.found_at) for one in found])
        self._impacts = np.array([one.impact_pct for one in found])
        self._ranks = np.array([rank(one.score, one.impact_pct, Voices()) for one in found])
        self._mild = np.array([one.is_mild for one in found], dtype=bool)
        self._rules = sorted({one.rule for one in found})
        self._rule = np.array([self._rules.index(one.rule) for one in found], dtype=np.intp)

    def of(self, reader: Reader) -> float:
        """Return a reader's threshold; findings below their least impact do not count."""
        worths = np.array([worth(reader.voices_of(rule)) for rule in self._rules])
        enough = self._impacts >= reader.least_impact_pct
        past = Past(
            self._found_at[enough],
            in_order(self._ranks + worths[self._rule], self._mild)[enough] if len(self._ranks) else self._ranks,
            np.array([_hours(moment) for moment in reader.told_at]),
            self._since,
            -np.inf if reader.since is None else _hours(reader.since),
        )
        return threshold(past, self._now, reader.per_week, _LEAST if reader.chose else LEAST_PRIORITY)


def _hours(moment: datetime) -> float:
    return moment.timestamp() / _HOUR
