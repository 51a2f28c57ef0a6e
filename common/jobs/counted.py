"""Count the jobs of all tenants that are queued or running, and those that failed recently."""

from common.db import Connection


async def count_unfinished_jobs(connection: Connection, service: str) -> list[tuple[str, str, int]]:
    """Count the `queued` and `running` jobs by kind and status (look-up `lost_jobs`).

    Jobs that await something else are not counted.
    """
    rows = await connection.fetch(
        "select kind, status, count(*)"  # noqa: S608 -- own name
        f" from {service}.job where status in ('queued', 'running') and not awaiting group by kind, status",
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def count_failed_jobs(connection: Connection, service: str) -> list[tuple[str, int]]:
    """Count the jobs that failed within a day and were not queued again, by kind (look-up `failed_jobs_counted`)."""
    rows = await connection.fetch(f"select kind, jobs from {service}.count_failed_jobs()")  # noqa: S608 -- own name
    return [(row[0], row[1]) for row in rows]
