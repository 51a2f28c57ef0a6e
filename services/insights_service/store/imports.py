"""Files that are being read in by the data service: table `data.job`."""

from uuid import UUID

from common.db import Connection


async def is_importing(connection: Connection, tenant_id: UUID) -> bool:
    """Whether a file of the tenant is in part, or not yet in every answer; of one begun over a day ago: no."""
    # (the day is for the index of the newest jobs, among thousands that ended)
    found = await connection.fetchval(
        "select exists ("
        "select from data.job where tenant_id = $1 and created_at > now() - interval '1 day'"
        " and status in ('queued', 'running') and starts_with(kind, 'import.'))",
        tenant_id,
    )
    return bool(found)
