"""The companies of the dashboard's benchmark: three years of leads and ads, and a year of the website's events.

Their sizes are skewed: the largest has a fifth of everything, and the others share the rest like 1, 1/2, 1/3, …. Only
rows of the data service are simulated; the summaries are computed by the refresher. `BENCH_SIZE=full` creates five
million events, a million leads and sixty companies. By default there are ten companies with a thirtieth of that, and
`tiny` only shows that a benchmark runs.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from made_company import MADE, STORE, in_tenant

from common.db import Connection
from services.analytics_service.store.refresh import analyze_if_grown, refresh_tenant

SIZE = os.environ.get("BENCH_SIZE", "small")
COMPANIES, EVENTS, LEADS = {
    "tiny": (3, 15_000, 3_000),
    "small": (10, 150_000, 30_000),
    "full": (60, 5_000_000, 1_000_000),
}[SIZE]
LARGEST_SHARE = 0.2
CAMPAIGNS, OTHERS_CAMPAIGNS = 100, 8
DAYS, EVENT_DAYS, TOLD_DAYS = 1096, 365, 120
LAST = datetime.now(UTC).date() - timedelta(days=1)
_BOOKS = Path(__file__).with_name("made_books.sql").read_text(encoding="utf-8")
_FOLLOW_UPS = Path(__file__).with_name("made_follow_ups.sql").read_text(encoding="utf-8")
_USERS_AT_ONCE = 5_000
# The summaries of two companies are computed concurrently, one on each core of a small machine.
_AT_ONCE = 2


@dataclass(frozen=True)
class Size:
    """The number of rows of a company."""

    events: int
    leads: int
    campaigns: int
    users: int


def sizes() -> list[Size]:
    """Return the size of every company, the largest first."""
    weights = [1 / (place + 3) for place in range(COMPANIES - 1)]
    shares = [LARGEST_SHARE, *((1 - LARGEST_SHARE) * weight / sum(weights) for weight in weights)]
    return [
        Size(
            int(EVENTS * share), int(LEADS * share), OTHERS_CAMPAIGNS if place else CAMPAIGNS, int(EVENTS * share / 50)
        )
        for place, share in enumerate(shares)
    ]


async def make_companies(superuser_dsn: str, companies: Sequence[tuple[UUID, Size]]) -> None:
    """Fill these existing tenants, and bring their summaries up to date."""
    writer = await asyncpg.connect(superuser_dsn)
    await ensure_months(writer)
    await writer.close()
    waiting = list(companies)

    async def make_in_turn(leaving: int = 0) -> None:
        writer = await asyncpg.connect(superuser_dsn)
        as_service = {"role": "branchwise_analytics", "jit": "off"}
        reader = await asyncpg.connect(superuser_dsn, server_settings=as_service)
        while len(waiting) > leaving:
            made = len(companies) - len(waiting) + 1
            # Statistics are updated whenever the rows have doubled, as autovacuum would do.
            await _make(writer, reader, *waiting.pop(0), is_to_be_known=made & (made - 1) == 0)
        await writer.close()
        await reader.close()

    await make_in_turn(leaving=len(companies) - 1)
    await asyncio.gather(*(make_in_turn() for _ in range(_AT_ONCE)))
    writer = await asyncpg.connect(superuser_dsn)
    await writer.execute("vacuum analyze", timeout=3600)
    await writer.close()


async def ensure_months(writer: Connection) -> None:
    """Create the partitions of all these events."""
    month = (LAST - timedelta(days=EVENT_DAYS)).replace(day=1)
    while month <= LAST:
        await writer.execute("select data.ensure_month($1)", month)
        month = (month + timedelta(days=32)).replace(day=1)


async def _make(writer: Connection, reader: Connection, tenant_id: UUID, size: Size, *, is_to_be_known: bool) -> None:
    async with writer.transaction():
        books = {"leads": size.leads, "campaigns": size.campaigns, "users": size.users, "days": DAYS, "last": LAST}
        await writer.execute(_BOOKS.format(tenant=tenant_id, **books), timeout=3600)
    async with writer.transaction():
        begin = LAST - timedelta(days=EVENT_DAYS - 1)
        await writer.execute(MADE.format(events=size.events, begin=begin, days=EVENT_DAYS), timeout=3600)
        await writer.execute(STORE.format(tenant=tenant_id, batch=uuid4()), timeout=3600)
    if is_to_be_known:
        await writer.execute("analyze", timeout=3600)
    await in_tenant(reader, tenant_id, lambda: refresh_tenant(reader, tenant_id))
    await in_tenant(reader, tenant_id, lambda: analyze_if_grown(reader, tenant_id))
    for first in range(0, size.users, _USERS_AT_ONCE):
        users = [f"u{number}" for number in range(first, min(first + _USERS_AT_ONCE, size.users))]
        await in_tenant(
            reader,
            tenant_id,
            lambda users=users: reader.execute("select analytics.index_users($1, $2)", tenant_id, users),
        )
    async with writer.transaction():
        await writer.execute(_FOLLOW_UPS.format(tenant=tenant_id, told_days=TOLD_DAYS, last=LAST), timeout=3600)


def edged(days: int) -> tuple[date, date]:
    """Return a range of about `days` days that begins and ends amid months, so that most single days are read."""
    last = (LAST.replace(day=1) - timedelta(days=1)).replace(day=15)
    return (last - timedelta(days=days)).replace(day=16), last
