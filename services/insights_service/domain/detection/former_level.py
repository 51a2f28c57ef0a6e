"""After a change of level, judge values by the former level too, until the new one has lasted long enough.

The end of a sale or the return of a website is no news. A value beyond both levels is, such as a stop after the sale.
"""

import numpy as np

from services.insights_service.domain.arrays import Floats


def beyond_both(logs: Floats, by_former: Floats) -> Floats:
    """Combine signed tail logarithms (positive for rises) by two levels: the milder one, or 0 between the levels."""
    milder = np.where(np.abs(logs) < np.abs(by_former), logs, by_former)
    return np.where(logs * by_former > 0, milder, 0.0)
