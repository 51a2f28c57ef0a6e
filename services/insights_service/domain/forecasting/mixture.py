"""The mixture of a group's candidates, and how it did where the answer is known."""

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.groups import Group
from services.insights_service.domain.forecasting.plans import closed_steps
from services.insights_service.domain.forecasting.short import of_short
from services.insights_service.domain.forecasting.trials import tried
from services.insights_service.domain.forecasting.weights import weighted

ENDS = 0.1  # of the weight, left out at either end
BESIDE = 0.3  # of the mean: added before a logarithm is taken, lest one day of nothing pull all days to come to nothing
ROOM = 1.5  # how far past the range of its history a forecast may lie, as a part of that range


def mixed(group: Group, horizon: int) -> tuple[Floats, Floats | None]:
    """Means (n, horizon), and errors of trials (n, origins, trial): what came less what had been said.

    None for errors where the histories are too short to be tried on themselves.
    """
    past, plan = group.past, group.plan
    if not plan.ends(past.shape[1], horizon):
        return of_short(past, plan.season, horizon), None
    found = tried(past, plan, horizon, positive=group.positive)
    weights = weighted(found.trials, found.came, found.trust)
    errors = found.came - (weights[:, None, None] @ found.trials)[:, :, 0]
    if plan.kind in {"hours", "rare"}:
        mean = (weights[:, None] @ found.forecasts)[:, 0]
    elif group.positive:
        shift = _shift(past)
        mean = np.exp(_without_ends(np.log(found.forecasts + shift), weights)) - shift[:, 0]
    else:
        mean = _without_ends(found.forecasts, weights)
    if group.positive and plan.season > 1:
        mean[closed_steps(past, plan.season, horizon)] = 0.0
    low, high = past.min(axis=1, keepdims=True), past.max(axis=1, keepdims=True)
    room = ROOM * (high - low)
    return np.clip(mean, low - room, high + room), errors


def _shift(past: Floats) -> Floats:
    """What is added before a logarithm is taken (n, 1, 1): little beside the mean."""
    level = np.abs(past).mean(axis=1)[:, None, None]
    return np.where(level > 0, BESIDE * level, 1.0)


def _without_ends(forecasts: Floats, weights: Floats) -> Floats:
    """The weighted mean (n, horizon) of (n, candidates, horizon) at each step, without the tenth of the weight that
    lies lowest and the tenth that lies highest: one candidate that runs away does not carry the others with it.
    """
    order = np.argsort(forecasts, axis=1)
    rising = np.take_along_axis(forecasts, order, axis=1)
    share = np.take_along_axis(weights[:, :, None], order, axis=1)
    up_to = np.cumsum(share, axis=1)
    kept = np.maximum(np.minimum(up_to, 1 - ENDS) - np.maximum(up_to - share, ENDS), 0.0)
    return (kept * rising).sum(axis=1) / kept.sum(axis=1)
