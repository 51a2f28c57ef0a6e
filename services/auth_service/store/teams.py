"""Store the teams of a tenant and their members."""

from typing import Any
from uuid import UUID

import asyncpg

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb

_TEAM = (
    "select t.team_id as id, t.name, t.owner_id, t.settings, t.created_at,"
    " array(select m.account_id from auth.membership m where m.tenant_id = t.tenant_id and m.team_id = t.team_id"
    " order by m.created_at, m.account_id) as member_ids"
    " from auth.team t where t.tenant_id = $1"
)


def _team(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "settings": from_jsonb(row["settings"])}


async def list_teams(conn: Connection, tenant_id: UUID, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    """Return a page of teams by name, and the total number."""
    total = await conn.fetchval("select count(*) from auth.team where tenant_id = $1", tenant_id)
    rows = await conn.fetch(f"{_TEAM} order by t.name, t.team_id limit $2 offset $3", tenant_id, limit, offset)
    return [_team(row) for row in rows], int(total or 0)


async def shown_team(conn: Connection, tenant_id: UUID, team_id: UUID) -> dict[str, Any] | None:
    """Return a team with its members, or None."""
    row = await conn.fetchrow(f"{_TEAM} and t.team_id = $2", tenant_id, team_id)
    return _team(row) if row else None


async def is_team(conn: Connection, tenant_id: UUID, team_id: UUID) -> bool:
    """Return whether the tenant has this team."""
    found = await conn.fetchval("select 1 from auth.team where tenant_id = $1 and team_id = $2", tenant_id, team_id)
    return found is not None


async def add_team(
    conn: Connection, tenant_id: UUID, name: str, owner_id: UUID | None, settings: dict[str, Any]
) -> UUID:
    """Insert a team without members; return its id."""
    team_id: UUID | None = await conn.fetchval(
        "insert into auth.team (tenant_id, name, owner_id, settings) values ($1, $2, $3, $4) returning team_id",
        tenant_id,
        name,
        owner_id,
        to_jsonb(settings),
    )
    assert team_id is not None  # noqa: S101 -- the statement returns the row it makes
    return team_id


async def change_team(
    conn: Connection, tenant_id: UUID, team_id: UUID, name: str, owner_id: UUID | None, settings: dict[str, Any]
) -> None:
    """Replace a team's fields, not its members."""
    await conn.execute(
        "update auth.team set name = $3, owner_id = $4, settings = $5, updated_at = now()"
        " where tenant_id = $1 and team_id = $2",
        tenant_id,
        team_id,
        name,
        owner_id,
        to_jsonb(settings),
    )


async def put_in_team(conn: Connection, tenant_id: UUID, team_id: UUID, account_ids: list[UUID]) -> None:
    """Make these accounts the team's only members; they leave other teams."""
    await conn.execute(
        "update auth.membership set team_id = case when account_id = any($3) then $2::uuid end, updated_at = now()"
        " where tenant_id = $1 and (team_id is not distinct from $2) <> (account_id = any($3))",
        tenant_id,
        team_id,
        account_ids,
    )


async def remove_team(conn: Connection, tenant_id: UUID, team_id: UUID) -> None:
    """Delete a team; its members are then in no team."""
    await put_in_team(conn, tenant_id, team_id, [])
    await conn.execute("delete from auth.team where tenant_id = $1 and team_id = $2", tenant_id, team_id)
