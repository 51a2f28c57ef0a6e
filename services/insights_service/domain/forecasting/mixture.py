"""The mixture of a group's candidates, and how it did where the answer is known."""

import numpy as np

from services.insights_service.domain.forecasting import Floats
from services.insights_service.domain.forecasting.groups import Group
from services.insights_service.domain.forecasting.plans import closed_steps
from services.insights_service.domain.forecasting.short import of_short
from services.insights_service.domain.forecasting.trials import tried
from services.insights_service.domain.forecasting.weights import weighted

ROOM = 1.5  # how far past the range of its history a forecast may lie, as a part of that range


def mixed(group: Group, horizon: int) -> tuple[Floats, Floats | None]:
    """Means (n, horizon), and errors of trials (n, origins, trial): what came less what had been said.

    None for errors where the histories are too short to be tried on themselves.
    """
    past, plan = group.past, group.plan
    if not plan.ends(past.shape[1], horizon):
        return of_short(past, plan.season, horizon), None
    now, trials, came = tried(past, plan, horizon, positive=group.positive)
    weights = weighted(trials, came)
    mean = (weights[:, None] @ now)[:, 0]
    errors = came - (weights[:, None, None] @ trials)[:, :, 0]
    if group.positive and plan.season > 1:
        mean[closed_steps(past, plan.season, horizon)] = 0.0
    low, high = past.min(axis=1, keepdims=True), past.max(axis=1, keepdims=True)
    room = ROOM * (high - low)
    return np.clip(mean, low - room, high + room), errors
