"""Forecast series that are too short for trials."""

import numpy as np

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.profiles import profile_of, with_profile, without_profile
from services.insights_service.domain.forecasting.smoothing import smoothed


def of_short(past: Floats, season: int, horizon: int) -> Floats:
    """Forecast (n, horizon) by a smoothed level, with the mean seasonal profile if there are two whole cycles."""
    if season > 1 and past.shape[1] >= 2 * season:
        profile = profile_of(past, season, 4, multiply=False, keep=1.0)
        level = without_profile(past, profile, multiply=False)
        return with_profile(smoothed(level, 0.3, horizon), profile, multiply=False)
    return (smoothed(past, 0.5, horizon) + np.repeat(np.median(past, axis=1)[:, None], horizon, axis=1)) / 2
