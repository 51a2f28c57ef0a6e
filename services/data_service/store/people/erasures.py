"""Erasures of people: table data.erasure, and the functions that erase."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.events import publish
from common.events.contracts.data_user_erased import UserErased
from common.events.forget import forget_in_events
from services.data_service.store.events.batches import close_batch
from services.data_service.store.events.touched_keys import TOUCHED_COLUMNS, TouchedKeys

ERASE_JOB: Final = "erasure"
# The other services that keep data of a person and report its erasure.
OTHERS: Final = frozenset({"analytics", "email"})


class Erasure(NamedTuple):
    """An unfinished erasure. `told` are the services that erased; `is_refreshed`: no answer includes the person."""

    user_id: str
    own_devices: list[str]
    is_told: bool
    told: frozenset[str]
    told_counts: dict[str, int]
    is_refreshed: bool


async def begin_erasure(
    connection: Connection, tenant_id: UUID, erasure_id: UUID, user_id: str, user_hash: bytes
) -> UUID:
    """Start an erasure of a user; returns its id, or that of the user's unfinished one."""
    at_work: UUID | None = await connection.fetchval(
        "insert into data.erasure as e (tenant_id, erasure_id, user_id, user_hash) values ($1, $2, $3, $4)"
        " on conflict (tenant_id, user_id) where user_id is not null do update set user_id = e.user_id"
        " returning erasure_id",
        tenant_id,
        erasure_id,
        user_id,
        user_hash,
    )
    return at_work or erasure_id


async def past_erasure(connection: Connection, tenant_id: UUID, user_hash: bytes) -> UUID | None:
    """The newest erasure of the user whose id has this keyed hash."""
    return await connection.fetchval(
        "select erasure_id from data.erasure where tenant_id = $1 and user_hash = $2 order by asked_at desc limit 1",
        tenant_id,
        user_hash,
    )


async def is_known(connection: Connection, tenant_id: UUID, user_id: str) -> bool:
    """Whether the user has a contact row or was seen on a device ('' stands for rows without one)."""
    known = await connection.fetchval(
        "select exists (select from data.users where tenant_id = $1 and user_id = $2)"
        " or exists (select from data.user_device where tenant_id = $1 and user_id = $2)",
        tenant_id,
        user_id,
    )
    return bool(known)


async def get_erasure(connection: Connection, tenant_id: UUID, erasure_id: UUID) -> Erasure | None:
    """An unfinished erasure, or None."""
    row = await connection.fetchrow(
        "select e.user_id, e.own_devices, e.batch_id is not null, e.told, e.told_counts, b.refreshed_at is not null"
        " from data.erasure e"
        " left join data.batch b on b.tenant_id = e.tenant_id and b.batch_id = e.batch_id"
        " where e.tenant_id = $1 and e.erasure_id = $2 and e.user_id is not null",
        tenant_id,
        erasure_id,
    )
    if row is None:
        return None
    user_id, own_devices, is_told, told, counts, is_refreshed = row
    return Erasure(user_id, own_devices or [], is_told, frozenset(told), from_jsonb(counts), is_refreshed)


async def describe_erasure(connection: Connection, tenant_id: UUID, erasure_id: UUID) -> None:
    """Store what the person is found by."""
    await connection.execute("select data.describe_erasure($1, $2)", tenant_id, erasure_id)


async def erase_events(connection: Connection, tenant_id: UUID, erasure_id: UUID, table: str, limit: int) -> int:
    """Remove up to `limit` of the person's events of a table; returns how many, and stores what they touched."""
    rows = await connection.fetch(
        f"select {TOUCHED_COLUMNS} from data.erase_events($1, $2, $3, $4)",  # noqa: S608 -- own names
        *(tenant_id, erasure_id, table, limit),
    )
    touched = TouchedKeys()
    counts = touched.add(rows)
    if rows:
        await connection.execute(
            "update data.erasure set touched = touched || $3::jsonb where tenant_id = $1 and erasure_id = $2",
            *(tenant_id, erasure_id, to_jsonb(touched.keys())),
        )
    return counts.get(table, 0)


async def erase_beside(connection: Connection, tenant_id: UUID, erasure_id: UUID, what: str) -> dict[str, int]:
    """Erase in `orders`, `leads` or `refused`; returns how many rows, by name."""
    rows = await connection.fetch(
        f"select name, rows from data.erase_{what}($1, $2)",  # noqa: S608 -- own names
        *(tenant_id, erasure_id),
    )
    return {row[0]: row[1] for row in rows}


async def erase_contact(connection: Connection, tenant_id: UUID, erasure_id: UUID, user_id: str) -> dict[str, int]:
    """Remove the person's row and devices, and have the other services erase theirs; returns counts by table."""
    counts = {
        table: _rows_of(
            await connection.execute(
                f"delete from data.{table} where tenant_id = $1 and user_id = $2",  # noqa: S608 -- own names
                *(tenant_id, user_id),
            )
        )
        for table in ("users", "user_device")
    }
    batch_id = uuid4()
    await close_batch(connection, tenant_id, batch_id, erasure_id, 0)
    await connection.execute(
        "update data.erasure set batch_id = $3 where tenant_id = $1 and erasure_id = $2",
        *(tenant_id, erasure_id, batch_id),
    )
    await publish(connection, "data", UserErased(erasure_id=erasure_id, batch_id=batch_id), tenant_id)
    return counts


async def note_told(
    connection: Connection, tenant_id: UUID, erasure_id: UUID, service: str, counts: Mapping[str, Any]
) -> None:
    """Store that a service has erased its rows, and how many."""
    await connection.execute(
        "update data.erasure set told = array_append(told, $3), told_counts = told_counts || $4::jsonb"
        " where tenant_id = $1 and erasure_id = $2 and user_id is not null",
        *(tenant_id, erasure_id, service, to_jsonb(dict(counts))),
    )


async def end_erasure(connection: Connection, tenant_id: UUID, erasure_id: UUID, erasure: Erasure) -> None:
    """Remove the person from this service's outbox and from the erasure itself, which keeps a keyed hash only."""
    await forget_in_events(connection, "data", tenant_id, erasure.user_id, erasure.own_devices)
    await connection.execute(
        "update data.erasure set user_id = null, devices = null, own_devices = null, emails = null, phones = null,"
        " touched = '[]' where tenant_id = $1 and erasure_id = $2",
        *(tenant_id, erasure_id),
    )


def _rows_of(tag: str) -> int:
    """The number of rows in a statement's command tag."""
    return int(tag.rpartition(" ")[2])
