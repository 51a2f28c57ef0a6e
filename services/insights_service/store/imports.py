"""Files that the data service is importing: table `data.job`."""

from uuid import UUID

from common.db import Connection


async def is_importing(connection: Connection, tenant_id: UUID) -> bool:
    """Return whether a file of the tenant is being imported, so that figures are incomplete.

    Imports that were queued over a day ago are ignored.
    """
    # The limit of a day lets the query use the index of the newest jobs instead of reading thousands of old ones.
    found = await connection.fetchval(
        "select exists ("
        "select from data.job where tenant_id = $1 and created_at > now() - interval '1 day'"
        " and status in ('queued', 'running') and starts_with(kind, 'import.'))",
        tenant_id,
    )
    return bool(found)
