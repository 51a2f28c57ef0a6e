"""How many of a tenant's backfills may be unfinished at once."""

from typing import Final
from uuid import UUID

from common.db import Connection
from services.data_service.errors import TooManyBackfills
from services.data_service.store.syncs.backfill_pieces import unfinished_backfills

# One of them is read at a time, and each that waits for its turn costs everybody's workers a look.
_MOST_UNFINISHED: Final = 20


async def refuse_one_too_many(connection: Connection, tenant_id: UUID) -> None:
    """To be called in the transaction that has queued one more, or one again.

    Raises:
        TooManyBackfills: which rolls it back.
    """
    if await unfinished_backfills(connection, tenant_id) > _MOST_UNFINISHED:
        message = f"{_MOST_UNFINISHED} are queued or at work: wait until one has ended, or cancel one"
        raise TooManyBackfills(message)
