"""The search: `analytics.search`, and the index of users."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from common.db import Connection

SearchKind = Literal["users", "campaigns", "products", "locations"]
SEARCH_KINDS: tuple[SearchKind, ...] = get_args(SearchKind)


class Found(NamedTuple):
    """The best matches, and how many there are; at most a thousand of each kind are counted."""

    entries: list[dict[str, Any]]
    total: int


async def search(connection: Connection, tenant_id: UUID, text: str, kinds: Sequence[SearchKind], limit: int) -> Found:
    """Return the entries of these kinds that match a text, best first."""
    rows = await connection.fetch("select * from analytics.search($1, $2, $3, $4)", tenant_id, text, kinds, limit)
    entries = [{name: row[name] for name in ("kind", "id", "title", "subtitle", "score")} for row in rows]
    return Found(entries, rows[0]["total"] if rows else 0)


async def index_users(connection: Connection, tenant_id: UUID, user_ids: Sequence[str]) -> None:
    """Bring the search index of these users up to date."""
    await connection.execute("select analytics.index_users($1, $2)", tenant_id, user_ids)
