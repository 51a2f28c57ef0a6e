"""The weighted mixture of a group's candidates, and its errors at the trials."""

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.groups import Group
from services.insights_service.domain.forecasting.plans import closed_steps
from services.insights_service.domain.forecasting.short import of_short
from services.insights_service.domain.forecasting.trials import run_trials
from services.insights_service.domain.forecasting.weights import mixture_weights

TRIMMED = 0.1  # Share of the weight that is trimmed at either end.
# Share of the mean that is added before taking logarithms, lest one zero day pull the whole forecast to zero.
OFFSET = 0.3
MARGIN = 1.5  # How far a forecast may leave the range of its history, as a share of that range.


def mixed(group: Group, horizon: int) -> tuple[Floats, Floats | None]:
    """Return means (n, horizon) and errors of trials (n, origins, trial), observed minus forecast.

    The errors are None if the histories are too short for trials.
    """
    past, plan = group.past, group.plan
    if not plan.ends(past.shape[1], horizon):
        return of_short(past, plan.season, horizon), None
    found = run_trials(past, plan, horizon, positive=group.positive)
    weights = mixture_weights(found.trials, found.observed, found.trust)
    errors = found.observed - (weights[:, None, None] @ found.trials)[:, :, 0]
    if plan.kind in {"hours", "rare"}:
        mean = (weights[:, None] @ found.forecasts)[:, 0]
    elif group.positive:
        shift = _shift(past)
        mean = np.exp(_trimmed_mean(np.log(found.forecasts + shift), weights)) - shift[:, 0]
    else:
        mean = _trimmed_mean(found.forecasts, weights)
    if group.positive and plan.season > 1:
        mean[closed_steps(past, plan.season, horizon)] = 0.0
    low, high = past.min(axis=1, keepdims=True), past.max(axis=1, keepdims=True)
    margin = MARGIN * (high - low)
    return np.clip(mean, low - margin, high + margin), errors


def _shift(past: Floats) -> Floats:
    """Return the offset to add before taking logarithms, (n, 1, 1)."""
    level = np.abs(past).mean(axis=1)[:, None, None]
    return np.where(level > 0, OFFSET * level, 1.0)


def _trimmed_mean(forecasts: Floats, weights: Floats) -> Floats:
    """Return the weighted trimmed mean (n, horizon) of (n, candidates, horizon) at each step.

    The lowest and the highest tenth of the weight are trimmed, so that one diverging candidate does not decide.
    """
    order = np.argsort(forecasts, axis=1)
    ascending = np.take_along_axis(forecasts, order, axis=1)
    share = np.take_along_axis(weights[:, :, None], order, axis=1)
    cumulative = np.cumsum(share, axis=1)
    kept_weight = np.maximum(np.minimum(cumulative, 1 - TRIMMED) - np.maximum(cumulative - share, TRIMMED), 0.0)
    return (kept_weight * ascending).sum(axis=1) / kept_weight.sum(axis=1)
