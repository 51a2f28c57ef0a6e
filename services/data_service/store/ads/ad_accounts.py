"""Ad accounts and their time zones."""

from uuid import UUID

from common.db import Connection
from services.data_service.store.events.marketing_batches import announce_marketing


async def keep_time_zone(
    connection: Connection, tenant_id: UUID, platform: str, account_id: str, time_zone: str, job_id: UUID | None
) -> None:
    """Store an ad account's time zone (IANA), and publish it if it is new or changed.

    A zone that this database does not know (its list may be older than the vendor's) is not stored: no refresh could
    use it.
    """
    changed = await connection.fetchval(
        "insert into data.ad_account as a (tenant_id, platform, account_id, time_zone) select $1, $2, $3, z.name"
        " from pg_timezone_names z where z.name = $4"
        " on conflict (tenant_id, platform, account_id)"
        " do update set time_zone = excluded.time_zone, updated_at = clock_timestamp()"
        " where a.time_zone <> excluded.time_zone returning true",
        *(tenant_id, platform, account_id, time_zone),
    )
    await announce_marketing(connection, tenant_id, job_id, 0, ledger=bool(changed))
