"""How rare a score is by chance alone, in time: what a reader can weigh, where a score is a number.

It is a little careful. By its tails a score is ten times rarer with each further 1; where the truth is known it was
five times and more in hours, six and more in days and ratios. Nobody has seen what is rarer than once in ten years.
Of days with far heavier tails than companies mostly have, the scores of their own past say so.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.evidence.shapes import Grain

# Days in which chance brings a score of 2 once, as measured (decision 0041).
_OF_SERIES: Final[dict[Grain, float]] = {"hour": 30.0, "day": 60.0}
_OF_RATIOS: Final[dict[Grain, float]] = {"hour": 30.0, "day": 270.0}
_ONCE: Final = 2.0
_RARER: Final = 5.0
_LONGEST: Final = 3652.0
# Of days: a score that comes often enough to be counted, and how many of them, with how much more than it, what is
# usual of a company's figures is worth beside those of one figure.
_OFTEN, _OFTEN_DAYS = 1.0, 12.0
_WORTH: Final = 2.0, 3.0


def return_period_days(score: float, grain: Grain, *, is_ratio: bool = False) -> float:
    """In how many days chance alone brings one undisturbed figure to such a score about once; ten years at most."""
    often = (_OF_RATIOS if is_ratio else _OF_SERIES)[grain]
    return min(often * _RARER ** (score - _ONCE), _LONGEST)


def days_by_its_past(score: float, past: NDArray[np.float64]) -> float:
    """The same of a series of days by the scores that it had before: never more than is said of all.

    How often it passed a low score, and by how much, says how heavy its tail is; what few days leave open (its shape,
    a Gamma distribution) makes the tail heavier. A past with faults in it makes what is said more careful.
    """
    beyond = past[past >= _OFTEN] - _OFTEN
    rate = max((len(beyond) + _WORTH[0]) / (len(past) + _WORTH[0] * _OFTEN_DAYS), 1 / _OFTEN_DAYS)
    shape = len(beyond) + _WORTH[1]
    scale = max(float(beyond.sum()) + _WORTH[1] / np.log(_RARER), shape / np.log(_RARER))
    return min((1 + max(score - _OFTEN, 0.0) / scale) ** shape / rate, _LONGEST)
