"""The campaign days that a source has reported so far, to find those that a new report leaves out."""

from datetime import date
from typing import Any
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb
from services.data_service.store.ads.ad_performance import AdDay


async def stored_ad_days(
    connection: Connection, tenant_id: UUID, source_id: UUID, days: tuple[date, date]
) -> list[AdDay]:
    """A source's stored rows for a range of days (both included)."""
    rows: list[Any] = await connection.fetch(
        "select platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions,"
        " revenue, currency, extra from data.ad_performance"
        " where tenant_id = $1 and source_id = $2 and day between $3 and $4",
        tenant_id,
        source_id,
        *days,
    )
    return [AdDay(*row)._replace(extra=row["extra"] and from_jsonb(row["extra"])) for row in rows]
