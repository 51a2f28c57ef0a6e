"""Find and remove a person's tasks in stored reports, by the SQL function `email.erase_user`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.db import Connection


async def reported_tasks(connection: Connection, tenant_id: UUID, user_id: str, devices: Sequence[str]) -> list[str]:
    """Return the keys of the reported tasks of a user, and of devices that only this user has."""
    rows = await connection.fetch(
        "select distinct task_key from email.report_task where tenant_id = $1"
        " and (user_key = any($2::text[] || $3::text[]) or user_id = any($2) or user_pseudo_id = any($3))",
        tenant_id,
        [user_id],
        list(devices),
    )
    return [row[0] for row in rows]


async def erase_reported(
    connection: Connection, tenant_id: UUID, user_id: str, devices: Sequence[str]
) -> dict[str, int]:
    """Remove a user and their devices from reports, with the reps' actions; return the number of rows by table."""
    rows = await connection.fetch(
        "select name, rows from email.erase_user($1, $2, $3)", tenant_id, user_id, list(devices)
    )
    return {row[0]: row[1] for row in rows}


async def erased_since(connection: Connection, tenant_id: UUID, since: datetime) -> frozenset[bytes]:
    """Return the hashes (common/erased_people) of people being erased, or whose erasure was requested since then."""
    rows = await connection.fetch(
        "select user_hash from data.erasure where tenant_id = $1 and (user_id is not null or asked_at >= $2)",
        tenant_id,
        since,
    )
    return frozenset(row[0] for row in rows)
