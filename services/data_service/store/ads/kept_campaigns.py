"""Stored campaigns, for a source that reports only their names."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb
from services.data_service.store.ads.campaigns import PlatformCampaign


async def kept_campaigns(
    connection: Connection, tenant_id: UUID, platform: str, external_ids: Sequence[str]
) -> dict[tuple[str, str], PlatformCampaign]:
    """The platform's campaigns with one of these ids, by account and id, locked until the transaction ends."""
    rows: list[Any] = await connection.fetch(
        "select platform, account_id, external_id, name, status, budget, start_date, end_date, platform_settings"
        " from data.campaign where tenant_id = $1 and platform = $2 and external_id = any($3) for update",
        tenant_id,
        platform,
        list(external_ids),
    )
    kept = [PlatformCampaign(*row)._replace(settings=from_jsonb(row["platform_settings"])) for row in rows]
    return {(campaign.account_id, campaign.external_id): campaign for campaign in kept}
