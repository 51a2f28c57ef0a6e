"""How many jobs of all tenants together wait or are at work, and how many failed lately."""

from common.db import Connection


async def count_unfinished_jobs(connection: Connection, service: str) -> list[tuple[str, str, int]]:
    """Those that are `queued` or `running`, by kind and status (look-up `lost_jobs`).

    Those that await something else's end are neither.
    """
    rows = await connection.fetch(
        "select kind, status, count(*)"  # noqa: S608 -- own name
        f" from {service}.job where status in ('queued', 'running') and not awaiting group by kind, status",
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def count_failed_jobs(connection: Connection, service: str) -> list[tuple[str, int]]:
    """Those that failed within a day and were not queued again, by kind (look-up `failed_jobs_counted`)."""
    rows = await connection.fetch(f"select kind, jobs from {service}.count_failed_jobs()")  # noqa: S608 -- own name
    return [(row[0], row[1]) for row in rows]
