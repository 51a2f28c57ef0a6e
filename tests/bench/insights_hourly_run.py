"""Benchmark of an hourly run: every company's look as the service does it, reading included: `make bench-insights`.

Simulated companies of skewed sizes are in a real database, with ten weeks of hours and 400 days; the analytics service
runs in a process of its own. Jobs are queued as each hour queues them. The figures are CPU times of the service,
analytics, Postgres and the event bus. By default a few companies of each size are looked at, and their cost is
extrapolated to a thousand; `BENCH_SIZE=full` looks at all thousand, and `tiny` only shows that the benchmark runs.
"""

import os

# The CPU time of one core is measured, so this is set before numpy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import gc
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from unittest import mock
from uuid import UUID

import asyncpg
import httpx
from insights_bed import Bed, Spent, bed
from rich.console import Console
from rich.table import Table

from common.http.app import create_app
from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from services.insights_service import SPEC
from services.insights_service.jobs.generate_each_hour import queue_due_insights
from tests.insights_service.kept_sums import keep_sums

SIZE: Final = os.environ.get("BENCH_SIZE", "small")
_TENANTS: Final = 1_000
_HOLD_SECONDS: Final = 600
_MADE: Final = Path(__file__).with_name("made_series.sql").read_text(encoding="utf-8")
_CLOCK: Final = "services.insights_service.domain.look.now"
_LAST: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class SizeClass:
    """Companies of similar size: their ranks among a thousand, how many are created, and with which figures."""

    name: str
    ranks: range
    made: int
    channels: int
    campaigns: int
    branches: int
    products: int
    days: int


_MANY: Final[dict[str, tuple[int, ...]]] = {"tiny": (1, 1, 1, 1), "small": (4, 12, 20, 24), "full": (20, 100, 300, 580)}
_MADE_OF: Final = (
    ("large: 100 series by the hour and by the day", range(1, 21), (24, 40, 30, 200, 400)),
    ("medium", range(21, 121), (10, 16, 8, 40, 400)),
    ("small", range(121, 421), (6, 6, 3, 15, 400)),
    ("tiny", range(421, 1001), (3, 2, 2, 5, 120)),
)
CLASSES: Final = [
    SizeClass(name, ranks, made, *of) for (name, ranks, of), made in zip(_MADE_OF, _MANY[SIZE], strict=True)
]


async def make_companies(database: MigratedDatabase) -> dict[SizeClass, list[UUID]]:
    """Create companies of every class; the number of visits depends on a company's rank."""
    writer = await asyncpg.connect(database.superuser_dsn)
    made = dict[SizeClass, list[UUID]]()
    for one in CLASSES:
        made[one] = []
        step = len(one.ranks) // one.made
        for rank in one.ranks[step // 2 :: step][: one.made]:
            tenant = await add_tenant(database.superuser_dsn)
            volume = {"visits": 3_000 / rank**1.1, "leads": 300 / rank**0.8}
            of = {name: getattr(one, name) for name in ("channels", "campaigns", "branches", "products", "days")}
            async with writer.transaction():
                await writer.execute(_MADE.format(tenant=tenant, last=_LAST, **volume, **of), timeout=3600)
                await writer.execute("drop function pg_temp.about")
            await keep_sums(writer, tenant)
            made[one].append(tenant)
    await writer.execute("vacuum analyze", timeout=3600)
    await writer.close()
    return made


class Run:
    """A sequence of looks, an hour apart, and the CPU time of each class of companies and kind of look."""

    def __init__(self, bed: Bed, context: ServiceContext, writer: asyncpg.Connection) -> None:
        self._bed, self._context, self._writer = bed, context, writer
        self.megabytes = list[float]()

    async def look(self, tenants: list[UUID], hours_ago: int, *, with_rows: bool = True) -> Spent:
        """Queue a job for each of these companies, as of `hours_ago`, and wait until all are done."""
        if with_rows:
            await self._writer.execute(
                "update analytics.rollup_state set last_run_at = clock_timestamp() where tenant_id = any($1)", tenants
            )
        await self._writer.execute("update insights.generation set due_at = now() where tenant_id = any($1)", tenants)
        gc.collect()
        before = self._bed.spent()
        with mock.patch(_CLOCK, return_value=_LAST - timedelta(hours=hours_ago)):
            await queue_due_insights(self._context)
            while await self._left(tenants):
                await asyncio.sleep(0.25)
        self.megabytes.append(self._bed.processes["service"].memory_info().rss / 1e6)
        return self._bed.spent().since(before)

    async def _left(self, tenants: list[UUID]) -> int:
        rows = await self._writer.fetch(
            "select status, error from insights.job where tenant_id = any($1) and status <> 'completed'", tenants
        )
        failed = [row["error"] for row in rows if row["status"] not in {"queued", "running"}]
        assert not failed, failed
        return len(rows)


async def measure(bed: Bed) -> None:
    """Look for the first time, then an hour later with new rows, then without new rows; print the CPU time of each."""
    companies = await make_companies(bed.database)
    await _answers(bed.settings.url_of("analytics"))
    app = create_app(replace(SPEC, background=()), bed.settings)
    writer = await asyncpg.connect(bed.database.superuser_dsn)
    async with app.router.lifespan_context(app):
        run = Run(bed, app.state.context, writer)
        # The day ends between the first two looks, so whole days are judged in the second.
        looks = {
            "first look": (30, True),
            "the day turned": (_LAST.hour, True),
            "an hour later": (max(_LAST.hour - 1, 0), True),
            "an hour later, no new rows": (max(_LAST.hour - 2, 0), False),
        }
        spent_by_look = {
            name: {one: await run.look(tenants, ago, with_rows=rows) for one, tenants in companies.items()}
            for name, (ago, rows) in looks.items()
        }
    await writer.close()
    _print(spent_by_look, run.megabytes)


async def _answers(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for _ in range(240):
            try:
                (await client.get("/health/live")).raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.25)
            else:
                return
    raise TimeoutError("the analytics service does not answer")


def _print(spent_by_look: dict[str, dict[SizeClass, Spent]], megabytes: list[float]) -> None:
    parts = ("service", "postgres", "analytics", "nats")
    table = Table(title=f"An hourly run of insights, BENCH_SIZE={SIZE}; CPU, milliseconds a company")
    for column in ("look", "companies", *parts, "all", f"{_TENANTS:,} companies"):
        table.add_column(column, justify="left" if column == "look" else "right")
    for name, classes in spent_by_look.items():
        total = 0.0
        for one, spent in classes.items():
            each = {part: spent.parts[part] / one.made * 1e3 for part in parts}
            whole = spent.whole / one.made * len(one.ranks)
            total += whole
            figures = [f"{each[part]:.0f}" for part in parts]
            table.add_row(f"{name}: {one.name}", str(one.made), *figures, f"{sum(each.values()):.0f}", f"{whole:.0f} s")
        table.add_row(f"[bold]{name}[/bold]", "", *[""] * 5, f"[bold]{total:.0f} s of {_HOLD_SECONDS}[/bold]")
    Console(width=150).print(table)
    print("memory of the service, MB, after each class of each look:", ", ".join(f"{one:.0f}" for one in megabytes))


if __name__ == "__main__":
    with bed() as servers:
        asyncio.run(measure(servers))
