"""Erasure of a person's data: `analytics.erase_user`."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class ErasedTasks(NamedTuple):
    """The keys of a person's tasks, and the number of task_status rows that were removed."""

    keys: list[str]
    notes: int


async def erase_tasks(connection: Connection, tenant_id: UUID, user_id: str, devices: Sequence[str]) -> ErasedTasks:
    """Remove the status of the tasks of a user, and of devices that only this user used."""
    row = await connection.fetchrow(
        "select task_keys, notes from analytics.erase_user($1, $2, $3)", tenant_id, user_id, devices
    )
    assert row is not None, "the function always returns one row"  # noqa: S101 -- would be a bug in the function
    return ErasedTasks(*row)
