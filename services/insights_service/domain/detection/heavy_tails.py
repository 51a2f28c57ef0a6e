"""Correct tail probabilities of a series whose past tails were heavier than the model's."""

import numpy as np

from services.insights_service.domain.arrays import Floats

_PRIOR, _MOST = 5.0, 4.0
_RARE = np.log(100.0)


def correct_heavy_tails(logs: Floats) -> Floats:
    """Reduce minus logarithms of tails, (series, days, steps), beyond one in a hundred, for heavy-tailed series.

    The part beyond that bound is divided by the mean excess of earlier days, if it is above 1, the mean by chance.
    """
    excess = np.clip(logs.max(axis=2) - _RARE, 0.0, _MOST)
    days_beyond = np.cumsum(excess > 0, axis=1) - (excess > 0)
    mean_excess = (_PRIOR + np.cumsum(excess, axis=1) - excess) / (_PRIOR + days_beyond)
    return np.where(logs > _RARE, _RARE + (logs - _RARE) / np.maximum(mean_excess, 1.0)[:, :, None], logs)
