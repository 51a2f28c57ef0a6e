"""Forecast days through their weeks: weekly levels with a yearly season, and a weekday profile on them.

The level of a week is the median of its days without their profile, so that neither a burst of three days nor a holiday
moves it. A year of 52.18 weeks is learnt far better from weekly levels than from days, since yesterday explains nearly
all of a day and leaves nothing to the yearly season.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.forecasting.autoregression import Specification, autoregressed
from services.insights_service.domain.forecasting.plans import WEEKS_A_YEAR

DAYS = 7
OF_PROFILE = 36  # Weeks of which the profile is the median.
LEVELS = (Specification((1, 2, 3), 0.01, 3, WEEKS_A_YEAR, 0.03),)
CHANGES = (
    Specification((1, 2), 0.1, 2, WEEKS_A_YEAR, 0.03),
    Specification((1, 2, 3, 4, 5, 6, 7, 8), 0.1, 2, WEEKS_A_YEAR, 0.01),
    Specification((1, 2, 3, 4), 0.03, 3, WEEKS_A_YEAR, 0.03),
)


def of_weeks_of_days(past: Floats, ends: Sequence[int], horizon: int) -> list[Floats]:
    """Forecast after `past[:, :end]` of (n, days) for each end; (n, ends, horizon) for each candidate.

    Weeks are counted back from the ends. Ends that lie whole weeks apart share their weeks.
    """
    found = [np.empty((len(past), len(ends), horizon)) for _ in (*LEVELS, *CHANGES)]
    for phase in sorted({end % DAYS for end in ends}):
        places = [place for place, end in enumerate(ends) if end % DAYS == phase]
        weeks = past[:, phase : ends[places[-1]]].reshape(len(past), -1, DAYS)
        counts = [ends[place] // DAYS for place in places]
        for candidate, each in zip(found, _of_weeks(weeks, counts, horizon), strict=True):
            candidate[:, places] = each
    return found


def _of_weeks(weeks: Floats, counts: list[int], horizon: int) -> list[Floats]:
    """Forecast after the first `counts` of (n, weeks, days); (n, counts, horizon) for each candidate."""
    last = np.array(counts)
    centred = weeks - weeks.mean(axis=2, keepdims=True)
    windows = sliding_window_view(centred, OF_PROFILE, axis=1)[:, last - OF_PROFILE]
    profiles = np.median(windows, axis=3)
    profiles -= profiles.mean(axis=2, keepdims=True)
    levels = np.median(weeks - profiles[:, :1], axis=2)  # The profile of the first end, which knows no later one.
    last_levels = levels[:, last - 1][:, :, None]
    ahead = -(-horizon // DAYS) + 1
    paths = autoregressed(levels, counts, LEVELS, ahead)
    changes = autoregressed(np.diff(levels, axis=1), [count - 1 for count in counts], CHANGES, ahead)
    paths += [last_levels + np.cumsum(change, axis=2) for change in changes]
    days = profiles[:, :, np.arange(horizon) % DAYS]
    return [_by_day(np.concatenate([last_levels, path], axis=2), horizon) + days for path in paths]


def _by_day(levels: Floats, horizon: int) -> Floats:
    """Interpolate levels (n, ends, weeks), at the middles of weeks from the last known on, to (n, ends, horizon)."""
    position = (np.arange(1, horizon + 1) + DAYS // 2) / DAYS
    before = position.astype(int)
    share = position - before
    return levels[:, :, before] * (1 - share) + levels[:, :, before + 1] * share
