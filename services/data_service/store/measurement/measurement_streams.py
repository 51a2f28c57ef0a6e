"""The credentials that senders use for `/mp/collect`, and the source that each belongs to."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Stream(NamedTuple):
    """A `measurement_protocol` source with the id by which senders name it."""

    tenant_id: UUID
    source_id: UUID
    measurement_id: str


async def add_stream(
    connection: Connection, tenant_id: UUID, source_id: UUID, measurement_id: str, api_secret_hash: bytes
) -> None:
    """Store the credentials of a new source."""
    await connection.execute(
        "insert into data.measurement_stream (tenant_id, source_id, measurement_id, api_secret_hash)"
        " values ($1, $2, $3, $4)",
        *(tenant_id, source_id, measurement_id, api_secret_hash),
    )


async def stream_of_secret(connection: Connection) -> Stream | None:
    """Return a secret's stream; to be called in `db.lookup("measurement_id", token_hash=hash_of_secret(secret))`."""
    row = await connection.fetchrow("select tenant_id, source_id, measurement_id from data.measurement_stream")
    return row and Stream(*row)
