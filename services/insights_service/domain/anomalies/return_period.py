"""Convert scores to return periods: how often chance alone brings such a score, which readers can grasp.

The estimate is slightly conservative. In theory a score becomes ten times rarer with each further 1; on data with a
known truth the factor was at least five for hours, and at least six for days and ratios. Return periods end at ten
years, as nothing rarer was observed. For days with unusually heavy tails, their own past scores correct it.
"""

from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.raise_alarms import FEWEST, STANDS
from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.evidence.shapes import Grain

# The return period in days of a score of 2, as measured (decision 0041).
_OF_SERIES: Final[dict[Grain, float]] = {"hour": 30.0, "day": 60.0}
_OF_RATIOS: Final[dict[Grain, float]] = {"hour": 30.0, "day": 270.0}
_ONCE: Final = 2.0
_RARER: Final = 5.0
_LONGEST: Final = 3652.0
# For days: the threshold above which past scores are used, and its usual return period, of series and of ratios.
_OFTEN, _OFTEN_DAYS, _OFTEN_DAYS_OF_RATIOS = 1.0, 12.0, 54.0
# The weights of the prior, in numbers of exceedances: for their rate, and for the shape of the tail.
_PRIOR_WEIGHTS: Final = 2.0, 3.0


def return_period_days(score: float, grain: Grain, *, is_ratio: bool = False) -> float:
    """Return in how many days chance brings one undisturbed series to the score about once; ten years at most."""
    often = (_OF_RATIOS if is_ratio else _OF_SERIES)[grain]
    return min(often * _RARER ** (score - _ONCE), _LONGEST)


def days_by_its_past(score: float, past: Floats, *, is_ratio: bool = False) -> float:
    """Return the return period in days that the past scores of a daily series, or ratio, support.

    The rate of exceedances of a low score, and their size, estimate the tail. With few exceedances its scale is
    uncertain (a Gamma distribution), which makes the tail heavier. Past incidents make the result more conservative.
    """
    excesses = past[past >= _OFTEN] - _OFTEN
    rate_prior, shape_prior = _PRIOR_WEIGHTS
    often = _OFTEN_DAYS_OF_RATIOS if is_ratio else _OFTEN_DAYS
    rate = max((len(excesses) + rate_prior) / (len(past) + rate_prior * often), 1 / often)
    shape = len(excesses) + shape_prior
    scale = max(float(excesses.sum()) + shape_prior / np.log(_RARER), shape / np.log(_RARER))
    return min((1 + max(score - _OFTEN, 0.0) / scale) ** shape / rate, _LONGEST)


def days_by_days_before(scores: Floats, values: Floats, at: int, *, is_ratio: bool = False) -> float:
    """Return the return period in days of the alarm on day `at` that the scores of the known days before it support.

    `scores` and `values` of the series, or ratio, have a step a day; `values` are NaN where they are unknown. The last
    days before the alarm do not count, as they may belong to its episode, nor the first, which had no level to differ
    from.
    """
    before = slice(max(at - STANDS["day"], 0))
    known = ~np.isnan(values[before])
    return days_by_its_past(float(scores[at]), scores[before][known][FEWEST["day"] :], is_ratio=is_ratio)
