"""Erase a person from the events that a service stores: its outbox and its dead letters."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from common.db import Connection


class Erased(NamedTuple):
    """The person to erase, from `data.erasure`: their user id, and the devices that nobody else used.

    `touched` are the devices and users of the deleted events, in the format of `data.batch.recorded`.
    """

    user_id: str
    own_devices: list[str]
    touched: str  # JSON


# For each event type: the condition that a payload names the person, and the payload without them. The types are
# listed because the same field may mean something else in another type.
_USERS: Final = (
    "data.users.changed.v1",
    "payload -> 'user_ids' ? $2::text",
    "jsonb_set(payload, '{user_ids}', (payload -> 'user_ids') - $2::text)",
)
_IS_THEIRS: Final = "(k.key ->> 1 = $2::text or k.key ->> 0 = any($3::text[]))"
_KEYS: Final = "jsonb_array_elements(payload -> 'keys') as k (key)"
_OTHERS: Final = f"select coalesce(jsonb_agg(k.key), '[]') from {_KEYS} where {_IS_THEIRS} is not true"  # noqa: S608 -- own
_BATCHES: Final = (
    "data.batch.recorded.v1",
    f"exists (select from {_KEYS} where {_IS_THEIRS})",
    f"jsonb_set(payload, '{{keys}}', ({_OTHERS}))",
)


async def erasure_at_work(connection: Connection, tenant_id: UUID, erasure_id: UUID) -> Erased | None:
    """Return the person of an erasure; None if their data has been erased already."""
    row = await connection.fetchrow(
        "select user_id, own_devices, touched from data.erasure"
        " where tenant_id = $1 and erasure_id = $2 and user_id is not null",
        tenant_id,
        erasure_id,
    )
    return Erased(*row) if row else None


async def forget_in_events(
    connection: Connection, service: str, tenant_id: UUID, user_id: str, devices: Sequence[str]
) -> None:
    """Remove a user and devices from the outbox and the dead letters. The rest of each event stays."""
    for event_type, names_them, without in (_USERS, _BATCHES):
        for table in ("outbox", "dead_letter"):
            await connection.execute(
                f"update {service}.{table} set payload = {without}"  # noqa: S608 -- own names
                f" where tenant_id = $1 and event_type = '{event_type}' and $3::text[] is not null and {names_them}",
                tenant_id,
                user_id,
                list(devices),
            )


async def forget_notes(connection: Connection, service: str, tenant_id: UUID, task_keys: Sequence[str]) -> None:
    """Remove the notes of reps on these tasks from the outbox and the dead letters."""
    for table in ("outbox", "dead_letter"):
        await connection.execute(
            f"update {service}.{table} set payload = payload - 'note'"  # noqa: S608 -- own names
            " where tenant_id = $1 and event_type = 'email.task.worked.v1' and payload ->> 'task_key' = any($2)",
            tenant_id,
            list(task_keys),
        )
