"""The refresh tokens of sessions, by the hash of each."""

from uuid import UUID

from common.db import Connection


async def add_token(conn: Connection, token_hash: bytes, session_id: UUID) -> None:
    """Keep the newest token of a session."""
    await conn.execute(
        "insert into auth.refresh_token (token_hash, session_id) values ($1, $2)", token_hash, session_id
    )
