"""The tenant's own settings, as the auth service keeps them."""

from typing import cast
from uuid import UUID

from common.db import Connection


async def get_currency(connection: Connection, tenant_id: UUID) -> str:
    """The tenant's currency (ISO 4217)."""
    code = await connection.fetchval("select upper(currency) from auth.tenant where tenant_id = $1", tenant_id)
    return cast("str", code)
