"""Find a link by the hash of its token, before the tenant is known."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Database


class Link(NamedTuple):
    """A row of `email.link`."""

    tenant_id: UUID
    purpose: str
    delivery_id: UUID
    customer_no: int | None
    expires_at: datetime | None


async def find_link(db: Database, token_hash: bytes) -> Link | None:
    """Return the link of a token, of any tenant; None if there is none."""
    # The row-level policy shows only the row of this hash.
    async with db.lookup("email_link", token_hash=token_hash) as connection:
        row = await connection.fetchrow(
            "select tenant_id, purpose, delivery_id, customer_no, expires_at from email.link where token_hash = $1",
            token_hash,
        )
    return Link(*row) if row else None
