"""What requests took, told as the metrics library's own histogram and counter tell it."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from common.http.request_times import BUCKETS, LABELS, RequestTimes
from common.tally import Tally

_TOOK = (0.0, 0.0001, 0.002, 0.00201, 0.3, 1, 29.9, 30, 31)


def _samples(collector: Collector) -> list[tuple[str, dict[str, str], float]]:
    """Without the moments at which series began, which only the library tells."""
    told: list[Metric] = list(collector.collect())
    return [
        (one.name, one.labels, one.value) for each in told for one in each.samples if not one.name.endswith("_created")
    ]


def test_requests_lie_in_the_buckets_of_a_histogram() -> None:
    ours = RequestTimes()
    theirs = Histogram("http_request_duration_seconds", "", LABELS, registry=CollectorRegistry(), buckets=BUCKETS)
    for route, status in (("/a", 200), ("/a", 404), ("/b", 200)):
        for seconds in _TOOK[: status // 40]:
            ours.note("data", "GET", route, status, seconds)
            theirs.labels("data", "GET", route, str(status)).observe(seconds)

    assert _samples(ours) == _samples(theirs)


def test_a_tally_counts_as_a_counter_does() -> None:
    ours, theirs = Tally("probe_hits", "", "call"), Counter("probe_hits", "", ["call"], registry=CollectorRegistry())
    for call in ("/a", "/b", "/a"):
        ours.counts[call] += 1
        theirs.labels(call).inc()

    assert _samples(ours) == _samples(theirs)
