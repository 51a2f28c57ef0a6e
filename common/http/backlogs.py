"""Prometheus metrics of a service's backlogs, over all tenants: waiting events, jobs, failed jobs and dead letters.

They are read at each scrape, by the look-ups that the relay and the job runner use anyway, and by SQL functions that
count rows which a service may not read across tenants. While the database does not answer, they are left out instead
of repeating old values.
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

_TIMEOUT_SECONDS = 3


class _Gauges(Collector):
    """The gauges of one scrape."""

    def __init__(self, gauges: Sequence[Metric]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from self._gauges


async def backlog_metrics(context: ServiceContext) -> bytes:
    """Return the metrics in Prometheus' text format, or nothing if the database does not answer."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            readers = (_outbox, _unfinished_jobs, _failed_jobs, _dead_letters)
            gauges = [await read(context) for read in readers]
    except Exception as error:  # noqa: BLE001 -- the metrics of the process itself are exported all the same
        logger.debug("metrics: what waits: {}: {}", type(error).__name__, error)
        return b""
    registry = CollectorRegistry()
    registry.register(_Gauges(gauges))
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
