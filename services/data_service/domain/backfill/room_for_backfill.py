"""The limit on a tenant's unfinished backfills."""

from typing import Final
from uuid import UUID

from common.db import Connection
from services.data_service.errors import TooManyBackfills
from services.data_service.store.syncs.backfill_pieces import unfinished_backfills

# They are read one at a time, and every one that waits costs all tenants' workers a query.
_MOST_UNFINISHED: Final = 20


async def refuse_one_too_many(connection: Connection, tenant_id: UUID) -> None:
    """Check the limit. Call this in the transaction that has just queued or retried a backfill.

    Raises:
        TooManyBackfills: the transaction must be rolled back.
    """
    if await unfinished_backfills(connection, tenant_id) > _MOST_UNFINISHED:
        message = f"{_MOST_UNFINISHED} are queued or at work: wait until one has ended, or cancel one"
        raise TooManyBackfills(message)
