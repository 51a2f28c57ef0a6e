"""Reads what marketing's tables are counted from."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from common.db import Connection
from services.analytics_service.store.marketing_tables import ALL_DAYS, Span
from services.analytics_service.store.raw_rows import (
    AdDay,
    AdObject,
    Campaign,
    ChannelRule,
    Contract,
    Lead,
    RawRows,
    Rules,
)


async def read_raw_marketing(connection: Connection, tenant_id: UUID, days: Span = ALL_DAYS) -> RawRows:
    """Read the leads, contracts and ads of these days, and all campaigns, rules and rates."""
    zone, currency = await connection.fetchrow(  # pyright: ignore[reportGeneralTypeIssues] -- the caller's tenant
        "select time_zone, upper(currency) from auth.tenant where tenant_id = $1", tenant_id
    )
    rates = await _rows(
        connection,
        "select day, upper(currency), rate from data.fx_rate where tenant_id = $1 and base = $2",
        tenant_id,
        currency,
    )
    return RawRows(
        zone=ZoneInfo(zone),
        currency=currency,
        rules=await read_rules(connection),
        leads=await _read_leads(connection, tenant_id, days),
        contracts=await _read_contracts(connection, tenant_id, days),
        ads=await _read_ads(connection, tenant_id, days),
        campaign_names=await _read_campaign_names(connection, tenant_id),
        campaigns=await _read_campaigns(connection, tenant_id),
        ad_objects=await _read_ad_objects(connection, tenant_id),
        rates={(day, code): rate for day, code, rate in rates},
    )


async def _read_leads(connection: Connection, tenant_id: UUID, days: Span) -> list[Lead]:
    rows = await _rows(
        connection,
        "select lead_id, created_day, created_at, lower(left(utm_source, 300)), lower(utm_medium), lower(utm_campaign),"
        " lower(utm_id),"
        " coalesce(gclid, gbraid, wbraid) is not null, coalesce(fbclid, fbc) is not null, referrer, product_id,"
        " product_name, location_id, is_paid, platform"
        " from data.lead where tenant_id = $1 and created_day between $2 and $3",
        tenant_id,
        *days,
    )
    return [Lead(*row) for row in rows]


async def _read_contracts(connection: Connection, tenant_id: UUID, days: Span) -> list[Contract]:
    """Read the contracts of the leads created on these days."""
    rows = await _rows(
        connection,
        "select c.contract_id, c.lead_id, c.signed_day, c.amount, c.currency, c.status from data.contract c"
        " inner join data.lead l on l.tenant_id = $1 and l.lead_id = c.lead_id"
        " where c.tenant_id = $1 and l.created_day between $2 and $3",
        tenant_id,
        *days,
    )
    return [Contract(*row) for row in rows]


async def _read_ads(connection: Connection, tenant_id: UUID, days: Span) -> list[AdDay]:
    rows = await _rows(
        connection,
        "select platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions,"
        " revenue, currency from data.ad_performance where tenant_id = $1 and day between $2 and $3",
        tenant_id,
        *days,
    )
    return [AdDay(*row) for row in rows]


async def _read_campaign_names(connection: Connection, tenant_id: UUID) -> list[AdDay]:
    """Read each name that a campaign ever had in ads, on the first and on the last day with that name."""
    rows = await _rows(
        connection,
        "select platform, account_id, campaign_id, unnest(array[min(day), max(day)]), campaign_name"
        " from data.ad_performance where tenant_id = $1 group by platform, account_id, campaign_id, campaign_name",
        tenant_id,
    )
    return [AdDay(*row) for row in rows]


async def _read_campaigns(connection: Connection, tenant_id: UUID) -> list[Campaign]:
    rows = await _rows(
        connection,
        "select platform, account_id, external_id, name, created_at from data.campaign where tenant_id = $1"
        " order by created_at, campaign_id",
        tenant_id,
    )
    return [Campaign(*row) for row in rows]


async def _read_ad_objects(connection: Connection, tenant_id: UUID) -> list[AdObject]:
    """Read ads and ad sets with the campaign that they belong to."""
    rows = await _rows(
        connection,
        "select o.object_id, case o.level when 'ad' then s.parent_id else o.parent_id end from data.ad_object o"
        " left join data.ad_object s on s.tenant_id = $1 and s.source_id = o.source_id and s.level = 'adset'"
        " and o.level = 'ad' and s.object_id = o.parent_id"
        " where o.tenant_id = $1 and o.level in ('adset', 'ad')",
        tenant_id,
    )
    return [AdObject(*row) for row in rows if row[1] is not None]


async def read_rules(connection: Connection) -> Rules:
    """Read the rules by which leads get their platform and channel."""
    return Rules(
        platform_of_source=dict(await _rows(connection, "select source, platform from analytics.platform_source")),
        platform_of_name=dict(await _rows(connection, "select name, platform from analytics.platform_host")),
        paid_media=frozenset(row[0] for row in await _rows(connection, "select medium from analytics.paid_medium")),
        category_of_source=dict(await _rows(connection, "select source, category from analytics.channel_source")),
        channels=[
            ChannelRule(*row)
            for row in await _rows(
                connection,
                "select channel, source_category, source_pattern, medium_pattern, campaign_pattern"
                " from analytics.channel_rule order by position",
            )
        ],
    )


async def _rows(connection: Connection, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(statement, *values)]
