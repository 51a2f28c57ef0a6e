"""Reading the audit log in tests; it is filled by events, a moment after what it tells of."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import httpx

from common.http.context import ServiceContext
from common.pagination import PageParams
from services.auth_service.store.audit import AuditFilters, list_entries

Found = TypeVar("Found")


async def until(look: Callable[[], Awaitable[Found | None]], within: float = 30) -> Found:
    """What `look` finds, once it finds something. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.05)


async def entries(context: ServiceContext, tenant_id: UUID, noun: str, *, at_least: int = 1) -> list[dict[str, Any]]:
    """A tenant's entries about a noun, newest first, once there are so many. Raises TimeoutError."""

    async def look() -> list[dict[str, Any]] | None:
        async with context.db.tenant(tenant_id, readonly=True) as conn:
            rows, _ = await list_entries(conn, tenant_id, AuditFilters(noun=noun), PageParams())
        return rows if len(rows) >= at_least else None

    return await until(look)


async def signed_in(auth: httpx.AsyncClient, operator: dict[str, str], email: str) -> dict[str, str]:
    """The headers of somebody, whatever their password."""
    token = await auth.post("/auth/operator/tokens", json={"email": email}, headers=operator)
    return {"Authorization": f"Bearer {token.json()['access_token']}"}
