"""What marketing's calls take in the database: three years, a hundred campaigns on eight platforms, 200 leads a day.

The company is the largest of sixty and has a fifth of what they have together; growth is what its calls take beside all
of them, of what they take beside a fifth of them, in another database.
"""

import asyncio
import tempfile
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
    "get_ledger",
    "get_ledger_totals",
)
# Both ends within a month: nearly two months of single days beside whole ones.
THREE_YEARS = (date(2023, 11, 2), date(2026, 10, 30))
A_YEAR = (date(2025, 10, 17), date(2026, 10, 16))


def measure() -> list[Measure]:
    """Every call over three years, and the KPI over one."""
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as all_of_them,
        cluster.database(Path(home)) as a_fifth,
    ):
        return asyncio.run(_measure(all_of_them, a_fifth))


async def _measure(all_of_them: MigratedDatabase, a_fifth: MigratedDatabase) -> list[Measure]:
    tenants = [await _made(all_of_them, COMPANIES), await _made(a_fifth, A_FIFTH)]
    readers = [
        await asyncpg.connect(database.settings.dsn("analytics"), server_settings={"jit": "off"})
        for database in (all_of_them, a_fifth)
    ]
    calls = [(function, "3 years", THREE_YEARS) for function in FUNCTIONS] + [("get_marketing_kpi", "365 days", A_YEAR)]
    measures: list[Measure] = []
    for function, length, days in calls:
        # In turn: what slows the machine down slows both.
        whole: list[float] = []
        part: list[float] = []
        for _ in range(CALLS):
            for reader, tenant_id, took in zip(readers, tenants, (whole, part), strict=True):
                took.append(await _call(reader, tenant_id, function, days))
        hold, aim = (2.0, 1.0) if length == "365 days" else (20.0, 10.0)
        measures += _rows(f"{function}, {length}", whole, part, hold, aim)
    for reader in readers:
        await reader.close()
    return measures


async def _made(database: MigratedDatabase, companies: int) -> UUID:
    """So many companies; the largest one."""
    writer = await asyncpg.connect(database.superuser_dsn)
    tenants = [await add_tenant(database.superuser_dsn) for _ in range(companies)]
    for tenant_id in tenants:
        size = LARGEST if tenant_id == tenants[0] else OTHER
        async with writer.transaction():
            await writer.execute(MADE.format(tenant=tenant_id, days=DAYS, last=LAST, **size), timeout=3600)
    await writer.execute("vacuum analyze", timeout=3600)
    await writer.close()
    return tenants[0]


async def _call(reader: Connection, tenant_id: UUID, function: str, days: tuple[date, date]) -> float:
    async def call_it() -> None:
        await reader.fetch(f"select * from analytics.{function}($1, $2, $3)", tenant_id, *days)

    return await in_tenant(reader, tenant_id, call_it)


def _rows(what: str, all_of_them: list[float], a_fifth: list[float], hold: float, aim: float) -> list[Measure]:
    p95 = quantiles(all_of_them, n=20)[-1]
    return [
        Measure(f"{what}, p95", p95, "ms", hold=hold, aim=aim, higher_is_better=False),
        Measure(
            f"{what}, growth",
            median(all_of_them),
            "ms",
            hold=1.2,
            aim=1.0,
            baseline=median(a_fifth),
            baseline_what="beside a fifth",
            higher_is_better=False,
        ),
    ]
