"""How rare a score is by chance alone, in time: what a reader can weigh, where a score is a number.

It is a little careful. By its tails a score is ten times rarer with each further 1; where the truth is known it was
five times and more in hours, six and more in days and ratios. Nobody has seen what is rarer than once in ten years.
Figures with far heavier tails than companies mostly have come more often than is said here.
"""

from typing import Final

from services.insights_service.domain.evidence.shapes import Grain

# Days in which chance brings a score of 2 once, as measured (decision 0041).
_OF_SERIES: Final[dict[Grain, float]] = {"hour": 30.0, "day": 60.0}
_OF_RATIOS: Final[dict[Grain, float]] = {"hour": 30.0, "day": 270.0}
_ONCE: Final = 2.0
_RARER: Final = 5.0
_LONGEST: Final = 3652.0


def return_period_days(score: float, grain: Grain, *, is_ratio: bool = False) -> float:
    """In how many days chance alone brings one undisturbed figure to such a score about once; ten years at most."""
    often = (_OF_RATIOS if is_ratio else _OF_SERIES)[grain]
    return min(often * _RARER ** (score - _ONCE), _LONGEST)
