"""Shares in percent that add up to exactly 100.0."""

from collections.abc import Sequence
from decimal import Decimal

_TENTHS = 1000


def share_out(counts: Sequence[int]) -> list[Decimal]:
    """Each count's share of their sum, in percent with one decimal; all 0 where the sum is.

    By largest remainder: each gets its whole tenths of a percent, and those left go to who lost most by that; among
    equals to the one that stands first. None is off by a tenth or more, and what has no count has no share.
    """
    total = sum(counts)
    if not total:
        return [Decimal(0)] * len(counts)
    tenths = [count * _TENTHS // total for count in counts]
    lost = sorted(range(len(counts)), key=lambda place: -(counts[place] * _TENTHS % total))
    for place in lost[: _TENTHS - sum(tenths)]:
        tenths[place] += 1
    return [Decimal(share).scaleb(-1) for share in tenths]
