"""Callers as they come in practice: few of them often, many of them seldom."""

import random
from itertools import accumulate


def zipf_callers(accounts: int, requests: int, *, s: float, seed: int = 7) -> list[int]:
    """The account of each request: the one of rank k comes with a weight of k to the power of -s."""
    weights = list(accumulate((rank + 1) ** -s for rank in range(accounts)))
    return random.Random(seed).choices(range(accounts), cum_weights=weights, k=requests)
