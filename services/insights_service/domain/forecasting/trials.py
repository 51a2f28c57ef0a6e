"""Run the candidates at the end of a history and, as trials, at rolling origins before it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting import candidates
from services.insights_service.domain.forecasting.autoregression import autoregressed
from services.insights_service.domain.forecasting.bursts import LEAST_USUAL, without_bursts, without_outlying_end
from services.insights_service.domain.forecasting.plans import Plan
from services.insights_service.domain.forecasting.specifications import specifications
from services.insights_service.domain.forecasting.weeks_of_days import of_weeks_of_days

YEARLY_TRUST = 4.0  # Prior weight of candidates with a yearly season of days, which few trials can test.


@dataclass(frozen=True)
class CandidateTrials:
    """The forecasts and trials of a group; the horizon of a trial may be shorter than that of the forecast."""

    forecasts: Floats  # (n, candidates, horizon).
    trials: Floats  # (n, origins, candidates, trial).
    observed: Floats  # (n, origins, trial): the observed values.
    trust: Floats  # (candidates,): the prior weights.


def run_trials(past: Floats, plan: Plan, horizon: int, *, positive: bool) -> CandidateTrials:
    """Run the candidates after (n, steps) and at the origins of the plan."""
    count, steps = past.shape
    trial, ends = plan.trial(steps, horizon), plan.ends(steps, horizon)
    observed = np.stack([past[:, end : end + trial] for end in ends], axis=1)
    shift = _shift(past) if positive else np.zeros(count)
    if plan.kind == "season":
        past = _without_bursts(past, shift, plan, positive=positive)
    elif plan.kind == "level":
        past = _without_outlying_end(past, shift, positive=positive)
    window = min(ends[0], plan.window)
    windows = np.stack([past[:, end - window : end] for end in ends], axis=1).reshape(-1, window)
    forecasts_by_candidate = _window_candidates(past[:, -plan.window :], shift, plan, horizon, positive=positive)
    trial_forecasts = [
        each.reshape(count, len(ends), trial)
        for each in _window_candidates(windows, np.repeat(shift, len(ends)), plan, trial, positive=positive)
    ]
    of_years = _weekly_candidates(past, [*ends, steps], shift, plan, horizon, positive=positive)
    for each in [*_candidates_at_ends(past, [*ends, steps], shift, plan, horizon, positive=positive), *of_years]:
        forecasts_by_candidate.append(each[:, -1])
        trial_forecasts.append(each[:, :-1, :trial])
    trust = np.r_[np.ones(len(forecasts_by_candidate) - len(of_years)), np.full(len(of_years), YEARLY_TRUST)]
    forecasts, trials = np.stack(forecasts_by_candidate, axis=1), np.stack(trial_forecasts, axis=2)
    if positive:
        forecasts, trials = np.maximum(forecasts, 0.0), np.maximum(trials, 0.0)
    return CandidateTrials(forecasts, trials, observed, trust)


def _shift(past: Floats) -> Floats:
    """Return the offset to add before taking logarithms, (n,): about one event for counts, little beside the mean."""
    level = past.mean(axis=1)
    smallest = np.where(past > 0, past, np.inf).min(axis=1)
    return np.where(level > 0, np.clip(smallest, 0.1 * level, np.maximum(level, 1e-300)), 1.0)


def _logarithms(past: Floats, shift: Floats) -> Floats:
    return np.log(past + shift[:, None])


def _exponentiated(value: Floats, shift: Floats) -> Floats:
    extra = shift.reshape(-1, *([1] * (value.ndim - 1)))
    return np.exp(np.minimum(value, 300.0)) - extra


def _without_bursts(past: Floats, shift: Floats, plan: Plan, *, positive: bool) -> Floats:
    if not positive:
        return without_bursts(past, plan.season)
    return np.maximum(_exponentiated(without_bursts(_logarithms(past, shift), plan.season), shift), 0.0)


def _without_outlying_end(past: Floats, shift: Floats, *, positive: bool) -> Floats:
    if not positive:
        return without_outlying_end(past, past == 0, LEAST_USUAL * np.abs(np.median(past, axis=1)))
    limited = without_outlying_end(_logarithms(past, shift), past == 0, np.full(len(past), LEAST_USUAL))
    return np.maximum(_exponentiated(limited, shift), 0.0)


def _window_candidates(past: Floats, shift: Floats, plan: Plan, horizon: int, *, positive: bool) -> list[Floats]:
    if plan.kind == "hours":
        return candidates.of_hours(past, plan, horizon, positive=positive)
    if plan.kind == "rare":
        return candidates.of_rare(past, plan, horizon)
    found: list[Floats] = []
    if plan.kind == "season":
        transformed = _logarithms(past, shift) if positive else past
        seasonal = candidates.of_season(transformed, plan, horizon)
        found += [_exponentiated(each, shift) for each in seasonal] if positive else seasonal
    elif plan.kind == "level":
        found += candidates.of_level(past, horizon)
    return found


def _weekly_candidates(
    past: Floats, ends: list[int], shift: Floats, plan: Plan, horizon: int, *, positive: bool
) -> list[Floats]:
    if plan.kind != "season" or not plan.long:
        return []
    if not positive:
        return of_weeks_of_days(past, ends, horizon)
    return [_exponentiated(each, shift) for each in of_weeks_of_days(_logarithms(past, shift), ends, horizon)]


def _candidates_at_ends(
    past: Floats, ends: list[int], shift: Floats, plan: Plan, horizon: int, *, positive: bool
) -> list[Floats]:
    chosen = specifications(plan, ends[0])
    transformed = _logarithms(past, shift) if positive else past
    inverse: Callable[[Floats], Floats] = (
        (lambda value: _exponentiated(value, shift)) if positive else (lambda value: value)
    )
    found: list[Floats] = []
    if plan.kind == "level" and plan.long:
        found += [inverse(each) for each in candidates.of_years(transformed, ends, horizon)]
    if chosen.values:
        found += autoregressed(past, ends, chosen.values, horizon)
    if chosen.logarithms and positive:
        found += [inverse(each) for each in autoregressed(transformed, ends, chosen.logarithms, horizon)]
    if chosen.changes:
        last = np.stack([transformed[:, end - 1] for end in ends], axis=1)
        steps = autoregressed(np.diff(transformed, axis=1), [end - 1 for end in ends], chosen.changes, horizon)
        found += [inverse(last[:, :, None] + np.cumsum(each, axis=2)) for each in steps]
    return found
