"""Whoever has a budget: the company, and people of it who want to be told otherwise. Each has a bar of their own."""

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
    """How much somebody wants to be told, what they go by, what they were told, and of what stands they are shown.

    `since` None: so many are wanted as long as anything is judged. Who chose the number is told of what is mild too,
    as far as nothing else comes to it.
    """

    per_week: float
    least_impact_pct: float
    voices: Mapping[str, Voices]
    told_at: Sequence[datetime]
    standing: frozenset[str]
    since: datetime | None
    chose: bool = True

    def voices_of(self, rule: str) -> Voices:
        """What they go by of a rule."""
        return self.voices.get(rule, Voices())


@dataclass(frozen=True)
class Readers:
    """The company, and those who have a setting of their own, by account."""

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
    """Everybody by the settings; `voices` are by rule what all said, `own` what each said themselves."""
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
    """How much a finding matters to somebody."""
    return priority(score, min(impact_pct, 100.0) / 100, voices)


def passes(rank: float, is_mild: bool, bar: float) -> bool:  # noqa: FBT001 -- a figure of two
    """Whether what matters so much is shown: compared with a bar as bars are set."""
    return bool(in_order(np.array(rank), np.array(is_mild)) >= bar)


class Bars:
    """From which priority on something is shown, to each reader: by what was found in half a year."""

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
        """Somebody's bar; what is of too little impact for them is no part of what they could be told."""
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
