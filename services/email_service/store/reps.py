"""Mappings of branches to sales reps, and unsubscribed reps."""

from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from common.db import Connection
from common.pagination import PageParams
from services.email_service.errors import MappingExists, MappingNotFound

_COLUMNS = (
    "r.mapping_id as id, r.branch_code, r.branch_name, r.sales_rep_name, r.sales_rep_email, r.is_enabled,"
    " o.opted_out_at as unsubscribed_at, r.created_at, r.updated_at"
)
_FROM = (
    " from email.branch_rep r left join email.opt_out o on o.tenant_id = r.tenant_id"
    " and o.branch_code = r.branch_code and o.sales_rep_email = lower(r.sales_rep_email)"
    " where r.tenant_id = $1"
)
# Reports use the mapping's name of a branch, or else the name of its location, or else its code.
_REP = (
    "select r.branch_code, coalesce(nullif(btrim(r.branch_name), ''), l.location_name, r.branch_code),"
    " r.sales_rep_name, r.sales_rep_email, o.opted_out_at is not null"
    + _FROM.replace(
        " where", " left join data.locations l on l.tenant_id = r.tenant_id and l.location_id = r.branch_code where"
    )
)


class Rep(NamedTuple):
    """A recipient of a branch's report; `has_stopped` if they unsubscribed."""

    branch_code: str
    branch_name: str
    name: str
    email: str
    has_stopped: bool = False


async def list_mappings(
    connection: Connection, tenant_id: UUID, page: PageParams, branch_code: str | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of mappings, by branch and address, and the total number."""
    rows = await connection.fetch(
        f"select {_COLUMNS}, count(*) over () as total{_FROM} and ($4::text is null or r.branch_code = $4)"
        " order by r.branch_code, lower(r.sales_rep_email) limit $2 offset $3",
        tenant_id,
        page.limit,
        page.offset,
        branch_code,
    )
    if rows:
        return [{name: value for name, value in row.items() if name != "total"} for row in rows], rows[0]["total"]
    total = await connection.fetchval(
        "select count(*) from email.branch_rep where tenant_id = $1 and ($2::text is null or branch_code = $2)",
        tenant_id,
        branch_code,
    )
    return [], int(total or 0)


async def get_mapping(connection: Connection, tenant_id: UUID, mapping_id: UUID) -> dict[str, Any]:
    """Return a mapping as the API shows it.

    Raises:
        MappingNotFound
    """
    row = await connection.fetchrow(
        f"select {_COLUMNS}{_FROM} and r.mapping_id = $2",
        tenant_id,
        mapping_id,
    )
    if row is None:
        message = f"there is no mapping {mapping_id}"
        raise MappingNotFound(message)
    return dict(row)


async def create_mapping(connection: Connection, tenant_id: UUID, rep: Rep, *, is_enabled: bool) -> dict[str, Any]:
    """Add a mapping.

    Raises:
        MappingExists: the rep has this branch already.
    """
    mapping_id = await connection.fetchval(
        "insert into email.branch_rep"
        " (tenant_id, branch_code, branch_name, sales_rep_name, sales_rep_email, is_enabled)"
        " values ($1, $2, $3, $4, $5, $6)"
        " on conflict (tenant_id, branch_code, lower(sales_rep_email)) do nothing returning mapping_id",
        tenant_id,
        rep.branch_code,
        rep.branch_name,
        rep.name,
        rep.email,
        is_enabled,
    )
    if mapping_id is None:
        raise _exists(rep)
    return await get_mapping(connection, tenant_id, mapping_id)


async def update_mapping(
    connection: Connection, tenant_id: UUID, mapping_id: UUID, rep: Rep, *, is_enabled: bool
) -> dict[str, Any]:
    """Replace a mapping.

    Raises:
        MappingNotFound
        MappingExists: another mapping has this branch and rep; the caller's transaction is over.
    """
    try:
        await connection.execute(
            "update email.branch_rep set branch_code = $3, branch_name = $4, sales_rep_name = $5, sales_rep_email = $6,"
            " is_enabled = $7, updated_at = now() where tenant_id = $1 and mapping_id = $2",
            tenant_id,
            mapping_id,
            rep.branch_code,
            rep.branch_name,
            rep.name,
            rep.email,
            is_enabled,
        )
    except asyncpg.UniqueViolationError:
        raise _exists(rep) from None
    return await get_mapping(connection, tenant_id, mapping_id)


async def delete_mapping(connection: Connection, tenant_id: UUID, mapping_id: UUID) -> None:
    """Delete a mapping; sent reports stay in the history.

    Raises:
        MappingNotFound
    """
    gone = await connection.fetchval(
        "delete from email.branch_rep where tenant_id = $1 and mapping_id = $2 returning true", tenant_id, mapping_id
    )
    if not gone:
        message = f"there is no mapping {mapping_id}"
        raise MappingNotFound(message)


async def enabled_reps(connection: Connection, tenant_id: UUID, branch_codes: list[str] | None) -> list[Rep]:
    """Return the reps of enabled mappings, of some branches or of all, by branch and address."""
    rows = await connection.fetch(
        f"{_REP} and r.is_enabled and ($2::text[] is null or r.branch_code = any($2))"
        " order by r.branch_code, lower(r.sales_rep_email)",
        tenant_id,
        branch_codes,
    )
    return [Rep(*row) for row in rows]


async def reps_of_branch(connection: Connection, tenant_id: UUID, branch_code: str) -> list[Rep]:
    """Return the reps of a branch, those with an enabled mapping first, then by address."""
    rows = await connection.fetch(
        f"{_REP} and r.branch_code = $2 order by r.is_enabled desc, lower(r.sales_rep_email)",
        tenant_id,
        branch_code,
    )
    return [Rep(*row) for row in rows]


async def set_stopped(connection: Connection, tenant_id: UUID, branch_code: str, email: str, *, stopped: bool) -> None:
    """Unsubscribe an address from a branch's emails, or subscribe it again."""
    if stopped:
        statement = "insert into email.opt_out (tenant_id, branch_code, sales_rep_email) values ($1, $2, lower($3)) \
on conflict do nothing"
    else:
        statement = (
            "delete from email.opt_out where tenant_id = $1 and branch_code = $2 and sales_rep_email = lower($3)"
        )
    await connection.execute(statement, tenant_id, branch_code, email)


async def has_stopped(connection: Connection, tenant_id: UUID, branch_code: str, email: str) -> bool:
    """Return whether an address is unsubscribed from the branch's emails."""
    found = await connection.fetchval(
        "select true from email.opt_out where tenant_id = $1 and branch_code = $2 and sales_rep_email = lower($3)",
        tenant_id,
        branch_code,
        email,
    )
    return bool(found)


def _exists(rep: Rep) -> MappingExists:
    return MappingExists(f"{rep.email} already gets the report of branch {rep.branch_code}")
