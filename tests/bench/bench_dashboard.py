"""What marketing's calls take in the database: three years, a hundred campaigns on eight platforms, 200 leads a day.

The company is the largest of sixty and has a fifth of what they have together; growth is what its calls take beside all
of them, of what they take beside a fifth of them.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import asyncpg
from made_company import in_tenant

from common.db import Connection
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import add_tenant

CALLS = 40
COMPANIES, A_FIFTH = 60, 12
LARGEST = {"leads": 200, "campaigns": 100}
OTHER = {"leads": 14, "campaigns": 8}
DAYS, LAST = 1096, date(2026, 10, 31)
MADE = Path(__file__).with_name("made_marketing.sql").read_text(encoding="utf-8")
FUNCTIONS = (
    "get_marketing_kpi",
    "get_lead_trend",
    "get_spend_trend",
    "get_metric_trend",
    "get_campaigns",
    "get_campaign_scatter",
    "get_campaign_changes",
    "get_campaign_baselines",
    "get_campaign_totals",
    "get_platform_leads",
    "get_paid_split",
    "get_utm_sources",
    "get_products",
    "get_branches",
)
# Both ends within a month: nearly two months of single days beside whole ones.
THREE_YEARS = (date(2023, 11, 2), date(2026, 10, 30))
A_YEAR = (date(2025, 10, 17), date(2026, 10, 16))
Took = dict[str, list[float]]


def measure() -> list[Measure]:
    """Every call over three years, and the KPI over one."""
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        return asyncio.run(_measure(database))


async def _measure(database: MigratedDatabase) -> list[Measure]:
    writer = await asyncpg.connect(database.superuser_dsn)
    largest, *others = [await add_tenant(database.superuser_dsn) for _ in range(COMPANIES)]
    await _make(writer, [largest], **LARGEST)
    await _make(writer, others[: A_FIFTH - 1], **OTHER)
    before = await _calls(database, largest)
    await _make(writer, others[A_FIFTH - 1 :], **OTHER)
    after = await _calls(database, largest)
    await writer.close()
    return [row for what in after for row in _rows(what, before[what], after[what])]


async def _make(writer: Connection, tenants: Iterable[UUID], *, leads: int, campaigns: int) -> None:
    for tenant in tenants:
        made = MADE.format(tenant=tenant, leads=leads, campaigns=campaigns, days=DAYS, last=LAST)
        async with writer.transaction():
            await writer.execute(made, timeout=3600)
    await writer.execute("vacuum analyze", timeout=3600)


async def _calls(database: MigratedDatabase, tenant_id: UUID) -> Took:
    # A connection of its own, as after a start: its plans are made with what is there now.
    reader = await asyncpg.connect(database.settings.dsn("analytics"), server_settings={"jit": "off"})
    took = {function: await _call(reader, tenant_id, function, THREE_YEARS) for function in FUNCTIONS}
    took["get_marketing_kpi, 365 days"] = await _call(reader, tenant_id, "get_marketing_kpi", A_YEAR)
    await reader.close()
    return took


async def _call(reader: Connection, tenant_id: UUID, function: str, days: tuple[date, date]) -> list[float]:
    async def call_it() -> None:
        await reader.fetch(f"select * from analytics.{function}($1, $2, $3)", tenant_id, *days)

    await in_tenant(reader, tenant_id, call_it)
    return [await in_tenant(reader, tenant_id, call_it) for _ in range(CALLS)]


def _rows(what: str, before: list[float], after: list[float]) -> list[Measure]:
    hold, aim = (2.0, 1.0) if "365" in what else (20.0, 10.0)
    p95 = quantiles(after, n=20)[-1]
    return [
        Measure(f"{what}, p95", p95, "ms", hold=hold, aim=aim, higher_is_better=False),
        Measure(
            f"{what}, beside a fifth of the companies",
            median(after),
            "ms",
            hold=1.2,
            aim=1.0,
            baseline=median(before),
            baseline_what="beside a fifth",
            higher_is_better=False,
        ),
    ]
