"""Stores histories in a real database, and brings the summaries up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from common.db import Connection
from common.db.jsonb import to_jsonb
from common.testing.cluster import MigratedDatabase
from tests.analytics_service.origins import ORIGINS
from tests.analytics_service.reference import Company, Row

BATCH = UUID(int=7)
_COLUMNS = {
    "view_item": ("value", "currency", "items"),
    "add_to_cart": ("value", "currency", "items"),
    "purchase": ("transaction_id", "value", "currency", "items"),
    "view_search_results": ("search_term",),
    "no_search_results": ("search_term",),
    "other_event": ("event_name", "value", "currency", "items"),
}
# Connection pools by database. Connections are reused, as a service does, because each new one compiles all functions.
_pools: dict[str, asyncpg.Pool] = {}
_COMMON = (
    *("tenant_id", "event_ts", "event_id", "batch_id", "user_pseudo_id", "user_id", "session_id", "location_id"),
    *("page_location", "extra"),
)


class Stored:
    """One tenant in a database. The superuser writes, so that tests can write what only other services may."""

    def __init__(self, writer: Connection, tenant_id: UUID) -> None:
        self.writer = writer
        self.tenant_id = tenant_id

    async def settings(self, company: Company) -> None:
        """Store the tenant's own row."""
        await self.writer.execute(
            "insert into auth.tenant (tenant_id, name, time_zone, currency) values ($1, 'Somewhere', $2, $3)"
            " on conflict (tenant_id) do update set time_zone = excluded.time_zone, currency = excluded.currency",
            self.tenant_id,
            str(company.zone),
            company.currency,
        )

    async def homes(self, company: Company) -> None:
        """Store the users' home locations."""
        await self.writer.executemany(
            "insert into data.users (tenant_id, user_id, location_id, buying_company_name) values ($1, $2, $3, $4)"
            " on conflict (tenant_id, user_id) do update set location_id = excluded.location_id",
            [(self.tenant_id, user, home, f"Company {user}") for user, home in company.homes.items()],
        )

    async def rates(self, company: Company) -> None:
        """Replace the stored rates by the company's."""
        await self.writer.execute("delete from data.fx_rate where tenant_id = $1", self.tenant_id)
        await self.writer.executemany(
            "insert into data.fx_rate (tenant_id, base, currency, day, rate) values ($1, $2, $3, $4, $5)",
            [(self.tenant_id, company.currency, *key, rate) for key, rate in company.rates.items()],
        )

    async def mark_rates(self, days: Iterable[date], currencies: Iterable[str]) -> None:
        """Mark these currencies' rates on these days as changed."""
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, batch_id, rate_days, rate_currencies) values ($1, $2, $3, $4)",
            self.tenant_id,
            BATCH,
            list(days),
            list(currencies),
        )

    async def add(self, rows: Iterable[Row]) -> None:
        """Store rows, and the devices on which their users were seen."""
        rows = list(rows)
        await self.writer.executemany(
            "insert into data.user_device (tenant_id, user_id, user_pseudo_id) values ($1, $2, $3)"
            " on conflict do nothing",
            [(self.tenant_id, *pair) for pair in {(row.user_id, row.device or "") for row in rows if row.user_id}],
        )
        by_table: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_table[table_of(row)].append(row)
        for table, mine in by_table.items():
            columns = (*_COMMON, *_COLUMNS.get(table, ()), "road")
            places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
            await self.writer.executemany(
                f"insert into data.{table} ({', '.join(columns)}) values ({places})",
                [self._values(row, columns) for row in mine],
            )

    def _values(self, row: Row, columns: tuple[str, ...]) -> list[Any]:
        given: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "event_ts": row.ts,
            "event_id": row.event_id,
            "batch_id": BATCH,
            "user_pseudo_id": row.device,
            "user_id": row.user_id,
            "session_id": row.session_id,
            "location_id": row.location_id,
            "search_term": row.search_term,
            "currency": row.currency,
            "transaction_id": row.transaction_id,
            "value": row.value,
            "event_name": row.kind,
            "road": 1,
            "page_location": ORIGINS[row.origin].page_location,
            "extra": to_jsonb(extra) if (extra := _extra(row)) else None,
            "items": to_jsonb(row.items) if row.items else None,
        }
        return [given[column] for column in columns]

    async def remove(self, rows: Iterable[Row]) -> None:
        """Delete rows."""
        for row in rows:
            await self.writer.execute(
                f"delete from data.{table_of(row)} where tenant_id = $1 and event_id = $2",
                self.tenant_id,
                row.event_id,
            )

    async def restate(self, pairs: Iterable[tuple[Row, Row]]) -> None:
        """Replace rows by changed ones, and mark both as dirty."""
        for old, new in pairs:
            await self.remove([old])
            await self.add([new])
            await self.mark([old, new])

    async def mark(self, rows: Iterable[Row]) -> None:
        """Mark rows that were added, deleted or changed as dirty."""
        await self.writer.executemany(
            "insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, user_id, min_ts, max_ts)"
            " values ($1, $2, $3, $4, $5, $5)",
            [(self.tenant_id, BATCH, row.device, row.user_id, row.ts) for row in rows],
        )

    async def mark_home(self, user: str) -> None:
        """Mark a user's home location as changed."""
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, home_user_id) values ($1, $2)", self.tenant_id, user
        )


def micros(ts: datetime) -> int:
    """Return an instant as events have it: µs since 1970."""
    return (ts - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def table_of(row: Row) -> str:
    """Return the table of a row."""
    return "other_event" if row.kind in {"remove_from_cart", "refund", "other"} else row.kind


def _extra(row: Row) -> dict[str, Any] | None:
    """Return the values that have no column of their own; only purchases have one for the transaction."""
    if row.kind == "refund":
        return {"params": {"transaction_id": row.transaction_id}}
    return ORIGINS[row.origin].extra


@asynccontextmanager
async def stored_tenant(database: MigratedDatabase) -> AsyncGenerator[Stored]:
    """Create a tenant without rows."""
    async with reused_connections(database):
        writer = await asyncpg.connect(database.superuser_dsn)
        try:
            yield Stored(writer, uuid4())
        finally:
            await writer.close()


@asynccontextmanager
async def reused_connections(database: MigratedDatabase) -> AsyncGenerator[None]:
    """Let `as_analytics` reuse its connections to this database, if it does not already."""
    if database.name in _pools:
        yield
        return
    dsn = database.settings.dsn("analytics")
    async with asyncpg.create_pool(dsn, min_size=0, max_size=5, reset=_nothing_to_reset) as pool:
        _pools[database.name] = pool
        try:
            yield
        finally:
            del _pools[database.name]


async def _nothing_to_reset(_connection: object) -> None:
    """Do nothing: settings are local to a transaction and end with it."""


@asynccontextmanager
async def as_analytics(database: MigratedDatabase, tenant_id: UUID) -> AsyncGenerator[Connection]:
    """Open a transaction of the tenant with the analytics service's role."""
    async with _connection(database) as connection, connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{tenant_id}'")
        yield connection


@asynccontextmanager
async def _connection(database: MigratedDatabase) -> AsyncGenerator[Connection]:
    if (pool := _pools.get(database.name)) is not None:
        async with pool.acquire() as connection:
            yield connection
        return
    connection = await asyncpg.connect(database.settings.dsn("analytics"))
    try:
        yield connection
    finally:
        await connection.close()


async def refresh(connection: Connection, tenant_id: UUID, *, rebuild: bool = False) -> asyncpg.Record | None:
    """Run one refresh in the tenant's transaction."""
    return await connection.fetchrow("select * from analytics.refresh_tenant($1, $2)", tenant_id, rebuild)
