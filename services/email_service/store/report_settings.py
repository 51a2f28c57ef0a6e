"""Read and store a tenant's settings of reports."""

from uuid import UUID

from common.db import Connection


async def get_hold_out_pct(connection: Connection, tenant_id: UUID) -> int:
    """Return the percentage of customers who are left out of the emails; 0 if it is not set."""
    found = await connection.fetchval("select hold_out_pct from email.report_setting where tenant_id = $1", tenant_id)
    return int(found or 0)


async def put_hold_out_pct(connection: Connection, tenant_id: UUID, percent: int, account_id: UUID) -> None:
    """Store the percentage in place of the former one."""
    await connection.execute(
        "insert into email.report_setting (tenant_id, hold_out_pct, updated_by, updated_at) select $1, $2, $3, now()"
        " on conflict (tenant_id) do update set hold_out_pct = excluded.hold_out_pct,"
        " updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        tenant_id,
        percent,
        account_id,
    )
