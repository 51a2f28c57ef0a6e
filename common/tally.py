"""A Prometheus counter with one label, for code in which the library's counter, with its lock, is too slow."""

from collections import defaultdict
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class Tally(Collector):
    """Counts without a lock, because the event loop that counts also serves the metrics: `tally.counts[label] += 1`."""

    def __init__(self, name: str, documentation: str, label: str) -> None:
        self.counts: defaultdict[str, int] = defaultdict(int)
        self._description = (name, documentation, label)
        REGISTRY.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the counter."""
        name, documentation, label = self._description
        counter = CounterMetricFamily(name, documentation, labels=[label])
        for value, count in self.counts.items():
            counter.add_metric([value], count)
        yield counter
