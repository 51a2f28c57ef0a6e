"""A company with simulated events and their summaries, for the benchmarks of analytics and of the whole stack.

BENCH_EVENTS is the total number of events. A million of them belong to the measured company, so `make bench
BENCH_EVENTS=5000000` also measures beside four other companies.
"""

import os
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from common.db import Connection
from services.analytics_service.store.refresh import analyze_if_grown, refresh_tenant

ALL_EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
EVENTS = min(ALL_EVENTS, 1_000_000)
OTHERS = ALL_EVENTS // EVENTS - 1
MADE = Path(__file__).with_name("made_events.sql").read_text(encoding="utf-8")
STORE = Path(__file__).with_name("store_made_events.sql").read_text(encoding="utf-8")
_MONTHS = [date(2024, month, 1) for month in range(1, 9)]


async def ensure_months(writer: Connection) -> None:
    """Create the partitions of all these events."""
    for month in _MONTHS:
        await writer.execute("select data.ensure_month($1)", month)


async def make_company(writer: Connection, reader: Connection, tenant_id: UUID) -> None:
    """Create events of 180 days, from 2024-01-03 on, with their summaries."""
    async with writer.transaction():
        await writer.execute(MADE.format(events=EVENTS, begin="2024-01-03", days=180), timeout=3600)
        await writer.execute(STORE.format(tenant=tenant_id, batch=uuid4()), timeout=3600)
    await writer.execute("vacuum analyze", timeout=3600)
    await in_tenant(reader, tenant_id, lambda: refresh_tenant(reader, tenant_id))
    await in_tenant(reader, tenant_id, lambda: analyze_if_grown(reader, tenant_id))
    await writer.execute("vacuum analyze", timeout=3600)


async def in_tenant(connection: Connection, tenant_id: UUID, work: Callable[[], Awaitable[Any]]) -> float:
    """Measure the milliseconds of some work in a transaction of the tenant, with its commit, as a service's role."""
    began = time.perf_counter()
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{tenant_id}'")
        await work()
    return (time.perf_counter() - began) * 1000
