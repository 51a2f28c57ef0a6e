"""Store tenants, and add members to them."""

from typing import Any
from uuid import UUID

import asyncpg

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb

_SETTINGS = (
    "t.tenant_id as id, t.name, t.time_zone, t.currency, t.country, t.week_start, t.plan,"
    " t.google_analytics_config, t.retention, t.created_at, t.updated_at"
)


def _settings(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, **{name: from_jsonb(row[name]) for name in ("google_analytics_config", "retention")}}


async def tenants_of(conn: Connection, account_id: UUID) -> list[dict[str, Any]]:
    """Return the tenants of an account, by name, with their settings and the account's role and permissions.

    Needs the look-up `own_memberships` of that account.
    """
    rows = await conn.fetch(
        f"select {_SETTINGS}, m.role, m.permissions"  # noqa: S608 -- a constant list of columns
        " from auth.membership m join auth.tenant t using (tenant_id)"
        " where m.account_id = $1 and m.joined_at is not null order by t.name, t.tenant_id",
        account_id,
    )
    return [_settings(row) for row in rows]


async def lock_tenant(conn: Connection, tenant_id: UUID) -> dict[str, Any]:
    """Return a tenant's settings, locked until the transaction ends."""
    row = await conn.fetchrow(
        f"select {_SETTINGS} from auth.tenant t where t.tenant_id = $1 for update",  # noqa: S608 -- likewise
        tenant_id,
    )
    assert row is not None  # noqa: S101 -- a membership references it
    return _settings(row)


async def insert_tenant(conn: Connection, tenant_id: UUID, settings: dict[str, Any]) -> None:
    """Create a tenant with these settings and the default plan."""
    await conn.execute(
        "insert into auth.tenant (tenant_id, name, time_zone, currency, country, week_start, google_analytics_config)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        tenant_id,
        *_changeable(settings),
    )


async def update_tenant(conn: Connection, tenant_id: UUID, settings: dict[str, Any]) -> dict[str, Any]:
    """Replace a tenant's settings, except its plan; return all of them."""
    row = await conn.fetchrow(
        "update auth.tenant t set name = $2, time_zone = $3, currency = $4, country = $5, week_start = $6,"  # noqa: S608 -- likewise
        " google_analytics_config = $7, retention = $8, updated_at = now() where t.tenant_id = $1"
        f" returning {_SETTINGS}",
        tenant_id,
        *_changeable(settings),
        to_jsonb(settings["retention"]),
    )
    assert row is not None  # noqa: S101 -- it is locked by this transaction
    return _settings(row)


def _changeable(settings: dict[str, Any]) -> tuple[Any, ...]:
    plain = ("name", "time_zone", "currency", "country", "week_start")
    return (*(settings[name] for name in plain), to_jsonb(settings["google_analytics_config"]))


async def set_plan(conn: Connection, tenant_id: UUID, plan: str) -> str | None:
    """Set a tenant's plan; return the former one, or None if there is no such tenant."""
    before: str | None = await conn.fetchval(
        "select plan from auth.tenant where tenant_id = $1 for no key update", tenant_id
    )
    if before not in (None, plan):
        await conn.execute("update auth.tenant set plan = $2, updated_at = now() where tenant_id = $1", tenant_id, plan)
    return before


async def insert_membership(conn: Connection, tenant_id: UUID, account_id: UUID, role: str) -> None:
    """Make an account a member."""
    await conn.execute(
        "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, $3, now())",
        tenant_id,
        account_id,
        role,
    )


async def first_admin(conn: Connection, tenant_id: UUID) -> tuple[UUID, str] | None:
    """Return the id and email of the tenant's first admin who has joined and is not disabled, or None."""
    row = await conn.fetchrow(
        "select a.account_id, a.email from auth.membership m join auth.account a using (account_id)"
        " where m.tenant_id = $1 and m.role = 'admin' and m.joined_at is not null and a.disabled_at is null"
        " order by m.created_at, m.account_id limit 1",
        tenant_id,
    )
    return (row["account_id"], row["email"]) if row else None


async def zone_is_known(conn: Connection, time_zone: str) -> bool:
    """Return whether Postgres knows a time zone; its list may be older or newer than Python's."""
    return bool(await conn.fetchval("select exists (select 1 from pg_timezone_names where name = $1)", time_zone))
