"""Benchmark of analytics' answers: median milliseconds in the database; made_company.py describes the sizes."""

import asyncio
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
from made_company import ALL_EVENTS, EVENTS, OTHERS, ensure_months, in_tenant, make_company

from common.db import Connection
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant

CALLS = 15
RANGES = {"30 days": (date(2024, 5, 1), date(2024, 5, 30)), "180 days": (date(2024, 1, 3), date(2024, 6, 30))}
LISTS = ("get_purchase_tasks", "get_cart_abandonment_tasks", "get_search_analysis_tasks", "get_repeat_visit_tasks")


def measure() -> list[Measure]:
    """Measure lists and statistics of a company alone, and beside others if there are more events than its own."""
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        return asyncio.run(_measure(database))


async def _measure(database: MigratedDatabase) -> list[Measure]:
    writer = await asyncpg.connect(database.superuser_dsn)
    reader = await asyncpg.connect(database.settings.dsn("analytics"), server_settings={"jit": "off"})
    await ensure_months(writer)
    tenant_id, *others = [
        await add_tenant(database.superuser_dsn, time_zone="America/Chicago") for _ in range(1 + OTHERS)
    ]
    await make_company(writer, reader, tenant_id)
    measures = await _answers(reader, tenant_id, f"{EVENTS:,} events")
    for other in others:
        await make_company(writer, reader, other)
    if others:
        measures += await _answers(reader, tenant_id, f"{ALL_EVENTS:,} events in all")
    await reader.close()
    await writer.close()
    return measures


async def _answers(reader: Connection, tenant_id: UUID, size: str) -> list[Measure]:
    measures: list[Measure] = []
    for days, (start, end) in RANGES.items():
        hold, aim = (25, 10) if days == "30 days" else (60, 25)
        for function in LISTS:
            milliseconds = await _median(reader, tenant_id, f"analytics.{function}($1, $2, $3)", tenant_id, start, end)
            measures.append(_milliseconds(f"{function}, {days}, {size}", milliseconds, hold, aim))
    start, end = RANGES["30 days"]
    dashboard = "analytics.get_complete_dashboard_data($1, $2, $3, $4)"
    for name, place, hold, aim in (("tenant", None, 2.0, 0.5), ("one location", "L05", 12.0, 4.0)):
        milliseconds = await _median(reader, tenant_id, dashboard, tenant_id, start, end, place)
        measures.append(_milliseconds(f"dashboard, 30 days, {name}, {size}", milliseconds, hold, aim))
    return measures


async def _median(reader: Connection, tenant_id: UUID, call: str, *values: Any) -> float:
    async def call_it() -> None:
        await reader.fetch(f"select * from {call}", *values)

    return median([await in_tenant(reader, tenant_id, call_it) for _ in range(CALLS)])


def _milliseconds(name: str, milliseconds: float, hold: float, aim: float) -> Measure:
    return Measure(name, milliseconds, "ms", hold=hold, aim=aim, higher_is_better=False)
