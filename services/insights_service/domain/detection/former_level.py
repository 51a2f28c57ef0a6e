"""After a change of level the former one is usual too, until the new one has stood for long enough.

That a sale ends, or a website is back, is no news. What lies beyond both levels is: a stop that follows the sale.
"""

import numpy as np

from services.insights_service.domain.arrays import Floats


def beyond_both(logs: Floats, by_former: Floats) -> Floats:
    """Signed logarithms of tails (above 0 of rises) by two levels: the milder one, 0 where it lies between them."""
    milder = np.where(np.abs(logs) < np.abs(by_former), logs, by_former)
    return np.where(logs * by_former > 0, milder, 0.0)
