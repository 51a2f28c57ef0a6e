"""Which of the things found are shown: as many a week as the reader chose, the ones that matter most.

A thing found has a priority: how surprising it is, in powers of ten, moved by how much of the company's total it
concerns and by what readers said of its rule. Shown is what lies above a threshold, and the threshold sets itself: so
high that of the last half year's findings the chosen number a week would have passed, newer weeks counting more. What
was shown too little or too much in the last months is owed and paid back within weeks, so that chance and a change of
the company's habits do not add up. Before there is a history, a prior stands for it that fades as weeks pass.

Mild is what lies in the range of 95 of 100 cases, or matters little: it comes after all else, where a number was
chosen that nothing else fills.

Times are hours, as floats, of any common origin.
"""

from dataclasses import dataclass
from math import log10
from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

WEEK_HOURS = 7 * 24.0
# After so many weeks a finding counts half; beyond half a year none is kept.
_HALF_LIFE_WEEKS = 6.0
# What is owed is counted over a quarter of a year and paid within some weeks.
_OWED_WEEKS = 13.0
_PAID_WEEKS = 3.0
# The prior is as good as so many weeks of findings at first, and half as good two weeks later; it says how many a week
# are not mild (each power of ten of chance leaves half of them), and how many times these are mild.
_PRIOR_WEEKS = 1.0
_PRIOR_HALF_LIFE_WEEKS = 2.0
_PRIOR_PER_WEEK = 8.0
_PRIOR_MILD = 2.0
# What is less surprising is mild (one in ten, before its weight), and what is less than that is shown to nobody.
LEAST_PRIORITY = 1.0
LEAST_MILD = -0.5
# From this priority on what is mild would come out as much as the least of what is not.
_MOST_MILD = 15.0
# What is mild fills so much of the chosen number: what else comes soon has room.
_FILLED = 0.85
# A finding that concerns this share of the total has the priority of its surprise alone.
_USUAL_IMPACT = 0.1
# As if so many readers had already said useful, and as many noise, of every rule.
_PRIOR_VOICES = 2.0
# What readers said themselves counts for them as if so many had said it.
_OWN_VOICE = 3


class Voices(NamedTuple):
    """What readers said of a rule."""

    useful: int = 0
    noise: int = 0


@dataclass(frozen=True)
class Past:
    """What was found before, and what of it was shown.

    `found_at` and `priorities` are (findings,), `shown_at` is (shown,), `since` is when the company was first judged,
    `wanted_since` from when on the reader wanted so many a week: what was shown before is neither owed nor paid back.
    """

    found_at: Floats
    priorities: Floats
    shown_at: Floats
    since: float
    wanted_since: float = -np.inf


def heard(company: Voices, own: Voices) -> Voices:
    """What a reader goes by: what all readers of the company said, and what they said themselves more than that."""
    return Voices(*(said + (_OWN_VOICE - 1) * more for said, more in zip(company, own, strict=True)))


def priority(surprise: float, impact: float, voices: Voices) -> float:
    """The rank of a finding, in powers of ten of its chance.

    `surprise` is minus the decimal logarithm of how likely it is where nothing is the matter, `impact` the share of
    the company's total that it concerns, from 0 to 1. Ten times the impact is worth as much as a tenth of the chance;
    a rule that readers find useful twice as often as not, as much as half.
    """
    return surprise + log10(max(impact, 1e-4) / _USUAL_IMPACT) + worth(voices)


def reckoned_for(surprise: float, impact: float, whole: float) -> float:
    """The surprise that has the same priority where a finding concerns another share, `whole`, of the total."""
    return surprise + priority(0.0, impact, Voices()) - priority(0.0, whole, Voices())


def worth(voices: Voices) -> float:
    """What readers add to the priority of all that a rule finds, or take from it."""
    return log10((voices.useful + _PRIOR_VOICES) / (voices.noise + _PRIOR_VOICES))


def in_order(priorities: Floats, is_mild: Bools) -> Floats:
    """Priorities among which every mild finding stands behind all others: from 0 to the least of these."""
    mild = is_mild | (priorities < LEAST_PRIORITY)
    return np.where(mild, LEAST_PRIORITY / (1 + 10.0 ** -np.clip(priorities, -300, _MOST_MILD)), priorities)


def threshold(past: Past, now: float, per_week: float, least: float = LEAST_PRIORITY) -> float:
    """The priority from which on a finding is shown, at least `least`; infinite where the reader wants none."""
    if per_week <= 0:
        return float("inf")
    age = (now - past.found_at) / WEEK_HOURS
    known = age >= 0
    weights = np.exp2(-age[known] / _HALF_LIFE_WEEKS)
    weeks = max((now - past.since) / WEEK_HOURS, 0.0)
    # as many weeks as the weights add up to where something was found all along
    seen = _HALF_LIFE_WEEKS / np.log(2) * -np.expm1(-weeks * np.log(2) / _HALF_LIFE_WEEKS)
    prior = _PRIOR_WEEKS * 2 ** (-weeks / _PRIOR_HALF_LIFE_WEEKS)

    def bar(number: float) -> float:
        return _level(past.priorities[known], weights, prior, number * (seen + prior))

    chosen = bar(_wanted(past, now, per_week))
    if chosen < LEAST_PRIORITY:
        chosen = min(bar(_wanted(past, now, per_week * _FILLED)), LEAST_PRIORITY)
    return max(chosen, least)


def _wanted(past: Past, now: float, per_week: float) -> float:
    """So many a week from now on: the chosen number, and what is owed of the last months."""
    weeks = min(max((now - max(past.since, past.wanted_since)) / WEEK_HOURS, 0.0), _OWED_WEEKS)
    shown = float(np.sum((past.shown_at > now - weeks * WEEK_HOURS) & (past.shown_at <= now)))
    owed = per_week * weeks - shown
    return float(np.clip(per_week + owed / _PAID_WEEKS, per_week / 4, per_week * 3))


def _level(priorities: Floats, weights: Floats, prior: float, number: float) -> float:
    """The priority above which a number lies, of findings with weights and of the prior's weeks together."""
    order = np.argsort(-priorities)
    ranked, above = priorities[order], np.cumsum(weights[order])

    def passing(bar: float) -> float:
        count = int(np.searchsorted(-ranked, -bar, side="right"))
        mild = _PRIOR_MILD * max(LEAST_PRIORITY - bar, 0.0)
        expected = _PRIOR_PER_WEEK * (mild + 2 ** min(LEAST_PRIORITY - bar, 0.0))
        return (float(above[count - 1]) if count else 0.0) + prior * expected

    low, high = -10.0, 400.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if passing(middle) > number else (low, middle)
    return high
