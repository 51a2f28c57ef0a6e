"""Files and past days that the data service is importing: table `data.job`."""

from uuid import UUID

from common.db import Connection


async def is_importing(connection: Connection, tenant_id: UUID) -> bool:
    """Return whether a file or the past of a source is being imported, so that figures are incomplete.

    Files that were queued over a day ago are ignored, and so are backfills of over a quarter of an hour ago: a long one
    takes days, and reads the newest ones first.
    """
    # The limit of a day lets the query use the index of the newest jobs instead of reading thousands of old ones.
    found = await connection.fetchval(
        "select exists ("
        "select from data.job where tenant_id = $1 and created_at > now() - interval '1 day'"
        " and status in ('queued', 'running') and (starts_with(kind, 'import.')"
        " or starts_with(kind, 'backfill.') and created_at > now() - interval '15 minutes'))",
        tenant_id,
    )
    return bool(found)
