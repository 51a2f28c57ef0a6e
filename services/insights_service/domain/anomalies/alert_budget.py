"""Choose which findings to show, so that each reader gets about the number of alerts a week that they chose.

A finding has a priority: its surprise in powers of ten, adjusted by the share of the company's total that it concerns
and by the readers' feedback on its rule. Findings above a threshold are shown. The threshold adapts: it is the level
that the chosen number of findings a week would have passed during the last half year, with newer weeks weighted more.
A surplus or deficit of alerts in the last months is compensated within weeks, so that chance and changes of the
company's habits do not accumulate. Until there is a history, a prior takes its place, and fades as weeks pass.

A finding is mild if it lies within the 95 % range or matters little. Mild findings rank behind all others, and are
shown only where the others do not fill the number that the reader chose.

Times are hours, as floats, from any common origin.
"""

from dataclasses import dataclass
from math import log10
from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats

WEEK_HOURS = 7 * 24.0
# The weight of a finding halves after this many weeks; findings older than half a year are not kept.
_HALF_LIFE_WEEKS = 6.0
# The surplus or deficit of alerts is counted over a quarter of a year and compensated within some weeks.
_BALANCE_WEEKS = 13.0
_COMPENSATION_WEEKS = 3.0
# At first the prior weighs as much as this many weeks of findings, and its weight halves every two weeks. It assumes a
# number of findings a week that are not mild (each further unit of priority halves it), and a multiple of it that are.
_PRIOR_WEEKS = 1.0
_PRIOR_HALF_LIFE_WEEKS = 2.0
_PRIOR_PER_WEEK = 8.0
_PRIOR_MILD = 2.0
# A finding of a lower priority is mild; a mild one of a priority below LEAST_MILD is shown to nobody.
LEAST_PRIORITY = 1.0
LEAST_MILD = -0.5
# The priority of a mild finding is capped here: above it, the value that in_order() gives it would round to the least
# of the others.
_MOST_MILD = 15.0
# Mild findings may fill this share of the chosen number, which leaves room for others that come soon.
_MILD_SHARE = 0.85
# A finding that concerns this share of the total has the priority of its surprise alone.
_USUAL_IMPACT = 0.1
# Pseudo-counts: every rule starts with this many votes for "useful" and as many for "noise".
_PRIOR_VOTES = 2.0
# For a reader, their own vote counts as much as this many votes.
_OWN_VOTE_WEIGHT = 3


class Voices(NamedTuple):
    """How many times readers called a rule's findings useful, and how many times noise."""

    useful: int = 0
    noise: int = 0


@dataclass(frozen=True)
class Past:
    """The history of findings, and of those that were shown.

    `found_at` and `priorities` have the shape (findings,), `shown_at` (shown,). `since` is when the company was first
    judged. `wanted_since` is when the reader chose the current number a week: earlier alerts do not count towards the
    surplus or deficit.
    """

    found_at: Floats
    priorities: Floats
    shown_at: Floats
    since: float
    wanted_since: float = -np.inf


def heard(company: Voices, own: Voices) -> Voices:
    """Return the feedback that applies to a reader: the company's, with their own votes weighted more."""
    pairs = zip(company, own, strict=True)
    return Voices(*(all_votes + (_OWN_VOTE_WEIGHT - 1) * own_votes for all_votes, own_votes in pairs))


def priority(surprise: float, impact: float, voices: Voices) -> float:
    """Return the priority of a finding, on the scale of decimal logarithms of its probability.

    `surprise` is minus the decimal logarithm of the finding's probability if nothing is wrong. `impact` is the share
    of the company's total that it concerns, from 0 to 1. Ten times the impact weighs as much as a tenth of the
    probability; a rule that readers find useful twice as often as not, as much as half of it.
    """
    return surprise + log10(max(impact, 1e-4) / _USUAL_IMPACT) + worth(voices)


def reckoned_for(surprise: float, impact: float, other_impact: float) -> float:
    """Return the surprise at which a finding with `other_impact` has the priority of this one."""
    return surprise + priority(0.0, impact, Voices()) - priority(0.0, other_impact, Voices())


def worth(voices: Voices) -> float:
    """Return what readers' feedback adds to the priority of a rule's findings; negative where it lowers it."""
    return log10((voices.useful + _PRIOR_VOTES) / (voices.noise + _PRIOR_VOTES))


def in_order(priorities: Floats, is_mild: Bools) -> Floats:
    """Return priorities that rank mild findings behind all others: theirs are mapped between 0 and LEAST_PRIORITY."""
    mild = is_mild | (priorities < LEAST_PRIORITY)
    return np.where(mild, LEAST_PRIORITY / (1 + 10.0 ** -np.clip(priorities, -300, _MOST_MILD)), priorities)


def threshold(past: Past, now: float, per_week: float, least: float = LEAST_PRIORITY) -> float:
    """Return the lowest priority that is shown, at least `least`; infinite if the reader wants no alerts."""
    if per_week <= 0:
        return float("inf")
    age = (now - past.found_at) / WEEK_HOURS
    known = age >= 0
    weights = np.exp2(-age[known] / _HALF_LIFE_WEEKS)
    weeks = max((now - past.since) / WEEK_HOURS, 0.0)
    # The integral of the weight over the company's history: its length in effective weeks.
    effective_weeks = _HALF_LIFE_WEEKS / np.log(2) * -np.expm1(-weeks * np.log(2) / _HALF_LIFE_WEEKS)
    prior = _PRIOR_WEEKS * 2 ** (-weeks / _PRIOR_HALF_LIFE_WEEKS)

    def level_for(rate: float) -> float:
        return _level(past.priorities[known], weights, prior, rate * (effective_weeks + prior))

    level = level_for(_target_rate(past, now, per_week))
    if level < LEAST_PRIORITY:
        level = min(level_for(_target_rate(past, now, per_week * _MILD_SHARE)), LEAST_PRIORITY)
    return max(level, least)


def _target_rate(past: Past, now: float, per_week: float) -> float:
    """Return the number of alerts a week to aim at: the chosen number, corrected by the last months' balance."""
    weeks = min(max((now - max(past.since, past.wanted_since)) / WEEK_HOURS, 0.0), _BALANCE_WEEKS)
    shown = float(np.sum((past.shown_at > now - weeks * WEEK_HOURS) & (past.shown_at <= now)))
    deficit = per_week * weeks - shown
    return float(np.clip(per_week + deficit / _COMPENSATION_WEEKS, per_week / 4, per_week * 3))


def _level(priorities: Floats, weights: Floats, prior: float, number: float) -> float:
    """Return the priority that `number` of the weighted findings and of the prior's together exceed, by bisection."""
    order = np.argsort(-priorities)
    descending, cumulative_weights = priorities[order], np.cumsum(weights[order])

    def passing(level: float) -> float:
        count = int(np.searchsorted(-descending, -level, side="right"))
        mild = _PRIOR_MILD * max(LEAST_PRIORITY - level, 0.0)
        expected = _PRIOR_PER_WEEK * (mild + 2 ** min(LEAST_PRIORITY - level, 0.0))
        return (float(cumulative_weights[count - 1]) if count else 0.0) + prior * expected

    low, high = -10.0, 400.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if passing(middle) > number else (low, middle)
    return high
