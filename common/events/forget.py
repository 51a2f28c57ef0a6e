"""Taking a person out of the events that a service keeps: its outbox and its dead letters."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from common.db import Connection


class Erased(NamedTuple):
    """Whom to erase, from data.erasure: their id, and the devices that nobody else was seen on.

    `touched` are the devices and users of the events that went, as `data.batch.recorded` carries them.
    """

    user_id: str
    own_devices: list[str]
    touched: str  # JSON


# By type of event, since the same word elsewhere may be something else: what names them, and the payload without it.
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
    """Whom an erasure is about; None where nothing of them is left."""
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
    """Take a user and devices out of what the service has told and what it could not handle; the rest of it stays."""
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
    """Take what reps noted of these tasks out of the same."""
    for table in ("outbox", "dead_letter"):
        await connection.execute(
            f"update {service}.{table} set payload = payload - 'note'"  # noqa: S608 -- own names
            " where tenant_id = $1 and event_type = 'email.task.worked.v1' and payload ->> 'task_key' = any($2)",
            tenant_id,
            list(task_keys),
        )
