"""Measure request durations, exported in the format of the metrics library's histogram.

The library's own histogram searches its buckets one by one and takes two locks. Together with the look-up of the
labels, that takes as long as finding a cached answer. Requests and scrapes are served by the same event loop, so that
no lock is needed here.
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


class _Durations:
    """The durations, in seconds, of the requests with the same labels."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class RequestTimes(Collector):
    """The request durations of all services of this process."""

    def __init__(self) -> None:
        self._durations: dict[tuple[str, str, str, int], _Durations] = {}

    def note(self, service: str, method: str, route: str, status: int, seconds: float) -> None:
        """Add one request."""
        labels = service, method, route, status
        durations = self._durations.get(labels)
        if durations is None:
            durations = self._durations[labels] = _Durations()
        # bisect_left, because a bucket includes its upper bound.
        durations.counts[bisect_left(BUCKETS, seconds)] += 1
        durations.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the histogram."""
        histogram = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Time from the request's arrival to the end of its answer",
            labels=LABELS,
        )
        bounds = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]
        for (service, method, route, status), durations in self._durations.items():
            buckets = list(zip(bounds, accumulate(durations.counts), strict=True))
            histogram.add_metric((service, method, route, str(status)), buckets, durations.seconds)
        yield histogram


REQUESTS: Final = RequestTimes()
REGISTRY.register(REQUESTS)
