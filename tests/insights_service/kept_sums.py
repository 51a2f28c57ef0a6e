"""Sums that analytics stores besides days, for simulated companies: by platform, and by month."""

from uuid import UUID

import asyncpg

_SUMS = """
delete from analytics.platform_day where tenant_id = '{tenant}';
insert into analytics.platform_day (
    tenant_id, day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select tenant_id, day, platform, 0, sum(leads), sum(contracts), sum(revenue), sum(spend), sum(impressions), sum(clicks),
    0, 0
from analytics.v6_campaign_roi_daily where tenant_id = '{tenant}' group by 1, 2, 3;

delete from analytics.platform_month where tenant_id = '{tenant}';
insert into analytics.platform_month (
    tenant_id, month, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select tenant_id, date_trunc('month', day::timestamp)::date, platform, 0, sum(leads), sum(contracts), sum(revenue),
    sum(spend), sum(impressions), sum(clicks), 0, 0
from analytics.platform_day where tenant_id = '{tenant}' group by 1, 2, 3;

delete from analytics.v6_campaign_roi_monthly where tenant_id = '{tenant}';
insert into analytics.v6_campaign_roi_monthly (
    tenant_id, month, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
    claimed_conversions, claimed_revenue
)
select tenant_id, date_trunc('month', day::timestamp)::date, platform, campaign_ref, sum(leads), sum(contracts),
    sum(revenue), sum(spend), sum(impressions), sum(clicks), 0, 0
from analytics.v6_campaign_roi_daily where tenant_id = '{tenant}' group by 1, 2, 3, 4;

delete from analytics.product_month where tenant_id = '{tenant}';
insert into analytics.product_month (tenant_id, month, item_key, item_id, item_name, views, add_to_carts, purchases)
select tenant_id, date_trunc('month', day::timestamp)::date, item_key, max(item_id), max(item_name), sum(views),
    sum(add_to_carts), sum(purchases)
from analytics.product_day where tenant_id = '{tenant}' group by 1, 2, 3;

delete from analytics.v6_branch_performance where tenant_id = '{tenant}';
insert into analytics.v6_branch_performance (tenant_id, month, platform, location_id, leads, contracts, revenue)
select tenant_id, date_trunc('month', day::timestamp)::date, platform, location_id, count(*), sum(contracts),
    sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' and location_id is not null group by 1, 2, 3, 4;

delete from analytics.v6_product_performance where tenant_id = '{tenant}';
insert into analytics.v6_product_performance (
    tenant_id, month, platform, product_key, product_id, product_name, leads, contracts, revenue
)
select tenant_id, date_trunc('month', day::timestamp)::date, platform, md5(coalesce(product_id, product_name))::uuid,
    product_id, max(product_name), count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' and coalesce(product_id, product_name) is not null
group by 1, 2, 3, 4, 5;
"""


async def keep_sums(writer: asyncpg.Connection, tenant_id: UUID) -> None:
    """Replace a company's sums by those of its stored campaigns, products and leads."""
    await writer.execute(_SUMS.format(tenant=tenant_id), timeout=600)
