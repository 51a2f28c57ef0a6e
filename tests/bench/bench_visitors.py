"""Benchmark of distinct visitors of 365 days: from the days' sums, relative to counting them; both must be equal.

`BENCH_SIZE=full` creates a million user-days.
"""

import asyncio
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import asyncpg
from made_company import in_tenant
from made_history import LAST, SIZE, ensure_months

from common.db import Connection
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.refresh import refresh_tenant
from services.analytics_service.store.statistics import get_periods

USER_DAYS = {"tiny": 5_000, "small": 50_000, "full": 1_000_000}[SIZE]
CALLS = 40
_YEAR = DateRange(LAST - timedelta(days=364), LAST)
_MADE = Path(__file__).with_name("made_visitors.sql").read_text(encoding="utf-8")


def measure() -> list[Measure]:
    """Measure the 95th percentile of the statistics of a year, whose visitors are exact."""
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        return asyncio.run(_measure(database))


async def _measure(database: MigratedDatabase) -> list[Measure]:
    writer = await asyncpg.connect(database.superuser_dsn)
    reader = await asyncpg.connect(database.settings.dsn("analytics"), server_settings={"jit": "off"})
    tenant_id = await add_tenant(database.superuser_dsn)
    await ensure_months(writer)
    await writer.execute(_MADE.format(tenant=tenant_id, last=LAST, user_days=USER_DAYS), timeout=3600)
    await writer.execute("analyze", timeout=3600)
    await in_tenant(reader, tenant_id, lambda: refresh_tenant(reader, tenant_id))
    await writer.execute("vacuum analyze", timeout=3600)
    # A range whose ends are both within the year is counted as well.
    for days in (_YEAR, DateRange(date(LAST.year, LAST.month, 1) - timedelta(days=200), LAST - timedelta(days=31))):
        assert await _visitors(reader, tenant_id, days) == await _counted(writer, tenant_id, days)

    async def read_statistics() -> None:
        await get_periods(reader, tenant_id, _YEAR, None)

    milliseconds = [await in_tenant(reader, tenant_id, read_statistics) for _ in range(CALLS)]
    counting = [await in_tenant(reader, tenant_id, lambda: _counted(reader, tenant_id, _YEAR)) for _ in range(3)]
    stored = await writer.fetchval("select count(*) from analytics.user_day where tenant_id = $1", tenant_id)
    await writer.close()
    await reader.close()
    note = f"of {stored:,} days of users, exact; counting them takes {median(counting):,.0f} ms"
    p95 = quantiles(milliseconds, n=20)[-1]
    return [Measure("visitors and all else of 365 days, p95", p95, "ms", 5, 2.5, higher_is_better=False, note=note)]


async def _visitors(reader: Connection, tenant_id: UUID, days: DateRange) -> int:
    async with reader.transaction():
        await reader.execute(f"set local app.tenant_id = '{tenant_id}'")
        current, _ = await get_periods(reader, tenant_id, days, None)
    return int(current.figures["visitors"])


async def _counted(connection: Connection, tenant_id: UUID, days: DateRange) -> int:
    counted = "select count(distinct u) from analytics.user_day where tenant_id = $1 and day between $2 and $3"
    return int(await connection.fetchval(counted, tenant_id, *days, timeout=3600) or 0)
