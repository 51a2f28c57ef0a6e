"""Shares in percent that add up to exactly 100.0."""

from collections.abc import Sequence
from decimal import Decimal

_TENTHS_OF_PERCENT = 1000


def share_out(counts: Sequence[int]) -> list[Decimal]:
    """Return each count's share of the sum, in percent with one decimal; all are 0 if the sum is 0.

    Uses the largest remainder method: every share is rounded down to tenths of a percent, and the tenths left over go
    to the largest remainders, on a tie to the first. No share is off by a tenth or more; a count of 0 has a share of 0.
    """
    total = sum(counts)
    if not total:
        return [Decimal(0)] * len(counts)
    tenths = [count * _TENTHS_OF_PERCENT // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda index: -(counts[index] * _TENTHS_OF_PERCENT % total))
    for index in by_remainder[: _TENTHS_OF_PERCENT - sum(tenths)]:
        tenths[index] += 1
    return [Decimal(share).scaleb(-1) for share in tenths]
