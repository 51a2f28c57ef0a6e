"""The last look of each finder at a tenant: table `insights.look`."""

from uuid import UUID

from common.db import Connection


async def done_by(connection: Connection, tenant_id: UUID, job_id: UUID) -> set[str]:
    """Return the finders that are done for a job, with their findings stored."""
    rows = await connection.fetch(
        "select finder from insights.look where tenant_id = $1 and job_id = $2", tenant_id, job_id
    )
    return {row["finder"] for row in rows}


async def keep_look(
    connection: Connection, tenant_id: UUID, finder: str, job_id: UUID | None, *, had_any: bool
) -> None:
    """Record that a finder has looked, for a job if one is named; `had_any` says whether it had anything to judge."""
    await connection.execute(
        "insert into insights.look as l (tenant_id, finder, since, job_id)"
        " select $1, $2, case when $4 then now() end, $3"
        " on conflict (tenant_id, finder) do update"
        " set job_id = excluded.job_id, since = coalesce(l.since, excluded.since)",
        tenant_id,
        finder,
        job_id,
        had_any,
    )
