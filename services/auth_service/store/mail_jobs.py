"""Queue mail jobs, which belong to no tenant."""

from common.audit import NO_TENANT
from common.db import Connection
from common.jobs import enqueue


async def queue_mail(conn: Connection, kind: str, **params: str) -> None:
    """Queue the job of a mail in the caller's transaction, which belongs to no tenant afterwards.

    `params` identify the recipient and the subject and contain no secret: the job creates the token itself.
    """
    await conn.execute("select set_config('app.tenant_id', $1, true)", str(NO_TENANT))
    await enqueue(conn, "auth", NO_TENANT, kind, params, None)
    await conn.execute("select set_config('app.tenant_id', '', true)")
