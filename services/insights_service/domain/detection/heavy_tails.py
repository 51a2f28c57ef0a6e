"""What a tail that came out too heavy so far says of the next extreme."""

import numpy as np

from services.insights_service.domain.arrays import Floats

_PRIOR, _MOST = 5.0, 4.0
_RARE = np.log(100.0)


def tempered(logs: Floats) -> Floats:
    """Minus logarithms of tails, (series, days, steps), beyond one in a hundred divided by what they mostly were.

    If days before went beyond it by more than chance would (by 1 on average), later ones count that much less.
    """
    daily = np.clip(logs.max(axis=2) - _RARE, 0.0, _MOST)
    often = np.cumsum(daily > 0, axis=1) - (daily > 0)
    heavy = (_PRIOR + np.cumsum(daily, axis=1) - daily) / (_PRIOR + often)
    return np.where(logs > _RARE, _RARE + (logs - _RARE) / np.maximum(heavy, 1.0)[:, :, None], logs)
