"""How long requests took, told as the metrics library's own histogram tells it.

That one looks for its bucket one by one and takes two locks: with the look-up of its labels, as long as to find a kept
answer. Requests are answered, and metrics are asked for, in one event loop, so nothing needs a lock here.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LABELS: Final = ("service", "method", "route", "status")


class _Taken:
    """What requests of one kind took, in seconds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class RequestTimes(Collector):
    """Those of all services of this process."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str, int], _Taken] = {}

    def note(self, service: str, method: str, route: str, status: int, seconds: float) -> None:
        """One more answer."""
        kind = service, method, route, status
        taken = self._taken.get(kind)
        if taken is None:
            taken = self._taken[kind] = _Taken()
        # (a bucket holds its own upper bound)
        taken.counts[bisect_left(BUCKETS, seconds)] += 1
        taken.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """As Prometheus reads it."""
        told = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Time from the request's arrival to the end of its answer",
            labels=LABELS,
        )
        bounds = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]
        for (service, method, route, status), taken in self._taken.items():
            buckets = list(zip(bounds, accumulate(taken.counts), strict=True))
            told.add_metric((service, method, route, str(status)), buckets, taken.seconds)
        yield told


REQUESTS: Final = RequestTimes()
REGISTRY.register(REQUESTS)
