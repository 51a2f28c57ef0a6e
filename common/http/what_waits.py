"""What waits in a service's database, for its turn or for somebody to mend it, of all tenants together: for Prometheus.

It is asked for at each scrape, by the look-ups that the relay and the runner of jobs have anyway, and by functions
that count what no service may read across tenants. While the database is away nothing is told, rather than what was
so before.
"""

import asyncio
from collections.abc import Iterator, Sequence

from loguru import logger
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common.events.dead_letters import count_dead_letters
from common.http.context import ServiceContext
from common.jobs.counted import count_failed_jobs, count_unfinished_jobs

_ASK_SECONDS = 3


class _Asked(Collector):
    """What one scrape found."""

    def __init__(self, gauges: Sequence[Metric]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from self._gauges


async def told_of_what_waits(context: ServiceContext) -> bytes:
    """Lines in Prometheus' text format, none where the database does not answer."""
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            asked = (_outbox, _unfinished_jobs, _failed_jobs, _dead_letters)
            gauges = [await ask(context) for ask in asked]
    except Exception as error:  # noqa: BLE001 -- whatever it is, what the process itself measures is told
        logger.debug("metrics: what waits: {}: {}", type(error).__name__, error)
        return b""
    registry = CollectorRegistry()
    registry.register(_Asked(gauges))
    return generate_latest(registry)


async def _outbox(context: ServiceContext) -> Metric:
    age = GaugeMetricFamily(
        "outbox_oldest_waiting_seconds",
        "How long the oldest event has waited to be published",
        labels=["service"],
    )
    age.add_metric([context.name], await context.relay.oldest_waiting_seconds())
    return age


async def _unfinished_jobs(context: ServiceContext) -> Metric:
    jobs = GaugeMetricFamily(
        "jobs_unfinished", "Jobs that wait (queued) or are at work (running)", labels=["service", "kind", "status"]
    )
    async with context.db.lookup("lost_jobs") as connection:
        for kind, status, number in await count_unfinished_jobs(connection, context.name):
            jobs.add_metric([context.name, kind, status], number)
    return jobs


async def _failed_jobs(context: ServiceContext) -> Metric:
    jobs = GaugeMetricFamily(
        "failed_jobs", "Jobs that failed within a day and were not queued again", labels=["service", "kind"]
    )
    async with context.db.lookup("failed_jobs_counted") as connection:
        for kind, number in await count_failed_jobs(connection, context.name):
            jobs.add_metric([context.name, kind], number)
    return jobs


async def _dead_letters(context: ServiceContext) -> Metric:
    letters = GaugeMetricFamily("dead_letters", "Events that stand given up", labels=["service", "event"])
    async with context.db.lookup("dead_letters_counted") as connection:
        for event, number in await count_dead_letters(connection, context.name):
            letters.add_metric([context.name, event], number)
    return letters
