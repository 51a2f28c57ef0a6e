"""Choose whether a series is judged at its own step or by the day: with few events, single hours say nothing."""

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.detection.calendar import DAY, readable

FEWEST_AN_HOUR = 3.0  # Events.
_RECENT = 28 * DAY
_BY_THE_DAY = np.timedelta64(1, "D")


def step_to_judge(values: ArrayLike, timestamps: ArrayLike) -> np.timedelta64:
    """Return a day if there were recently fewer than three events an hour or the series is too short; else its step."""
    rows = readable(values, timestamps)
    if rows.step <= 0:
        return _BY_THE_DAY
    recent = rows.values[rows.seconds > rows.seconds[-1] - _RECENT]
    an_hour = float(recent.mean()) * 3600.0 / rows.step
    return _BY_THE_DAY if an_hour < FEWEST_AN_HOUR else np.timedelta64(round(rows.step), "s")
