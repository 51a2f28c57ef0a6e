"""A counter by one label, for where that of the metrics library is felt: a look-up, two calls and a lock a time."""

from collections import defaultdict
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class Tally(Collector):
    """Counts in the event loop, in which metrics are asked for too: `tally.counts[label] += 1`."""

    def __init__(self, name: str, documentation: str, label: str) -> None:
        self.counts: defaultdict[str, int] = defaultdict(int)
        self._described = (name, documentation, label)
        REGISTRY.register(self)

    def collect(self) -> Iterator[Metric]:
        """As Prometheus reads it."""
        name, documentation, label = self._described
        told = CounterMetricFamily(name, documentation, labels=[label])
        for value, count in self.counts.items():
            told.add_metric([value], count)
        yield told
