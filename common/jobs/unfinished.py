"""How many jobs of all tenants together wait or are at work."""

from typing import NamedTuple

from common.db import Connection


class Unfinished(NamedTuple):
    """So many of a kind are `queued` or `running`; those that await something else's end are neither."""

    kind: str
    status: str
    jobs: int


async def unfinished_jobs(connection: Connection, service: str) -> list[Unfinished]:
    """Count them (look-up `lost_jobs`)."""
    rows = await connection.fetch(
        "select kind, status, count(*)"  # noqa: S608 -- own name
        f" from {service}.job where status in ('queued', 'running') and not awaiting group by kind, status",
    )
    return [Unfinished(*row) for row in rows]
