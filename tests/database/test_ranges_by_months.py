"""Ranges that are read by months and by days at their edges, against the plain sums of their days."""

from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.stored import as_analytics

# Two leads a day, of different worth each: one of a campaign, one of none; beside ads. Months are sums of their days.
_MADE = """
insert into analytics.fact_leads (
    tenant_id, day, lead_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, contracts,
    revenue, product_id, product_name, location_id
)
select '{tenant}', date '2023-12-20' + n, c.ref, 'meta', 'paid-social', 'fb', 'spring', '', true, c.ref, n % 3,
    n * n * 0.01 + length(c.ref), case when n % 5 > 0 then n % 5 end, case when c.ref = '' then 'thing ' || n % 7 end,
    case when n % 4 > 0 then n % 4 end
from generate_series(0, 119) as g (n), (values (''), ('one')) as c (ref) where n % 10 < 8;
insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select '{tenant}', date '2023-12-20' + n, 'meta', c.ref, n % 4, n % 3, n * 0.1, n * n * 0.01, n * n, n, 0, 0
from generate_series(0, 119) as g (n), (values (''), ('one')) as c (ref);
-- (told of on two days, and nothing came of it)
insert into analytics.v6_campaign_roi_daily
select '{tenant}', d.day, 'meta', 'rare', 0, 0, 0, 0, 0, 0, 0, 0
from (values (date '2024-01-20'), ('2024-03-16')) as d (day);
insert into analytics.platform_day
select tenant_id, day, platform, 0, sum(leads), sum(contracts), sum(revenue), sum(spend), sum(impressions),
    sum(clicks), 0, 0
from analytics.v6_campaign_roi_daily group by 1, 2, 3;
insert into analytics.platform_month
select tenant_id, date_trunc('month', day), platform, 0, sum(leads), sum(contracts), sum(revenue), sum(spend),
    sum(impressions), sum(clicks), 0, 0
from analytics.platform_day group by 1, 2, 3;
insert into analytics.v6_campaign_roi_monthly
select tenant_id, date_trunc('month', day), platform, campaign_ref, sum(leads), sum(contracts), sum(revenue),
    sum(spend), sum(impressions), sum(clicks), 0, 0
from analytics.v6_campaign_roi_daily group by 1, 2, 3, 4;
insert into analytics.fact_leads_month
select tenant_id, date_trunc('month', day), md5(campaign_ref)::uuid, platform, channel, utm_source, is_paid,
    campaign_ref, count(*), sum(contracts), sum(revenue)
from analytics.fact_leads group by 1, 2, 3, 4, 5, 6, 7, 8;
insert into analytics.v6_product_performance
select tenant_id, date_trunc('month', day), platform,
    md5(concat(product_id, '/', case when product_id is null then product_name end))::uuid, product_id,
    max(product_name), count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where product_id is not null or product_name is not null group by 1, 2, 3, 4, 5;
insert into analytics.v6_branch_performance
select tenant_id, date_trunc('month', day), platform, location_id, count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where location_id is not null group by 1, 2, 3, 4;
insert into analytics.product_day
select '{tenant}', date '2023-12-20' + n, md5(i.item)::uuid, i.item, null, n % 3 + 1, n % 4, n % 2
from generate_series(0, 119) as g (n), (values ('a'), ('b')) as i (item) where n % 9 < 7;
insert into analytics.product_month
select tenant_id, date_trunc('month', day), item_key, item_id, null, sum(views), sum(add_to_carts), sum(purchases)
from analytics.product_day group by 1, 2, 3, 4;
insert into analytics.stray_lead_month
select tenant_id, month, fact_id, platform, utm_source, 'spring', '', leads, contracts, revenue
from analytics.fact_leads_month where campaign_ref = '';
insert into analytics.rollup_state (tenant_id) values ('{tenant}');
"""
# (days before the first and after the last that anything is of, too)
_RANGES = """
select a.day::date as first_day, b.day::date as last_day
from generate_series(date '2023-12-18', date '2024-04-18', '1 day') as a (day)
inner join generate_series(date '2023-12-18', date '2024-04-18', '1 day') as b (day) on b.day >= a.day
where extract(day from a.day) in (1, 2, 14, 15, 16, 17, 18, 30, 31)
    and extract(day from b.day) in (1, 14, 15, 16, 17, 29, 30, 31)
"""
# Campaigns' days, and what there still is of those that left: whole months.
_FIGURES = "campaign_ref, leads, contracts, revenue, spend, impressions, clicks"
_CAMPAIGNS = f"""(
    select {_FIGURES} from analytics.v6_campaign_roi_daily
    where tenant_id = $1 and day between r.first_day and r.last_day
    union all
    select {_FIGURES} from analytics.v6_campaign_roi_monthly m inner join analytics.rollup_state s using (tenant_id)
    where tenant_id = $1 and m.month < s.days_from and m.month >= r.first_day
        and m.month + interval '1 month' <= r.last_day + 1
) c"""
# Of each function its sums, and the same added up day by day; `r` is the range, $1 the tenant.
_SUMS = {
    "channel_leads_of": (
        (
            "select campaign_ref, sum(leads), sum(contracts), sum(revenue)"
            " from analytics.channel_leads_of($1, r.first_day, r.last_day) group by 1 having sum(leads) > 0"
        ),
        (
            "select campaign_ref, count(*), sum(contracts), sum(revenue) from analytics.fact_leads"
            " where tenant_id = $1 and day between r.first_day and r.last_day group by 1"
        ),
    ),
    "stray_leads_of": (
        (
            "select utm_campaign, sum(leads), sum(contracts), sum(revenue)"
            " from analytics.stray_leads_of($1, r.first_day, r.last_day) group by 1 having sum(leads) > 0"
        ),
        (
            "select utm_campaign, count(*), sum(contracts), sum(revenue) from analytics.fact_leads"
            " where tenant_id = $1 and day between r.first_day and r.last_day and campaign_ref = '' group by 1"
        ),
    ),
    "lead_facts_of": (
        (
            "select utm_source, sum(leads), sum(contracts), sum(revenue)"
            " from analytics.lead_facts_of($1, r.first_day, r.last_day) group by 1 having sum(leads) > 0"
        ),
        (
            "select utm_source, count(*), sum(contracts), sum(revenue) from analytics.fact_leads"
            " where tenant_id = $1 and day between r.first_day and r.last_day group by 1"
        ),
    ),
    "product_leads_of": (
        (
            "select coalesce(product_id, product_name), sum(leads), sum(contracts), sum(revenue)"
            " from analytics.product_leads_of($1, r.first_day, r.last_day, null) group by 1 having sum(leads) > 0"
        ),
        (
            "select coalesce(product_id, product_name), count(*), sum(contracts), sum(revenue)"
            " from analytics.fact_leads where tenant_id = $1 and day between r.first_day and r.last_day"
            " and coalesce(product_id, product_name) is not null group by 1"
        ),
    ),
    "product_names_of": (
        (
            "select product_id, 0, 0, ascii(right(max(product_name), 1))"
            " from analytics.product_names_of($1, r.first_day, r.last_day) group by 1"
        ),
        (
            "select product_id, 0, 0, ascii(right(max(product_name), 1)) from analytics.fact_leads"
            " where tenant_id = $1 and day between r.first_day and r.last_day and product_id is not null group by 1"
        ),
    ),
    "get_products": (
        (
            "select concat(product_id, '/', product_name), leads, contracts, round(revenue, 2)"
            " from analytics.get_products($1, r.first_day, r.last_day, null, 100) where leads > 0"
        ),
        (
            "select concat(product_id, '/', max(product_name)), count(*), sum(contracts), round(sum(revenue), 2)"
            " from analytics.days_that_count($1, r.first_day, r.last_day) d, analytics.fact_leads"
            " where tenant_id = $1 and day between d.first_day and d.last_day"
            " and coalesce(product_id, product_name) is not null"
            " group by product_id, case when product_id is null then product_name end"
        ),
    ),
    "branch_leads_of": (
        (
            "select location_id, sum(leads), sum(contracts), sum(revenue)"
            " from analytics.branch_leads_of($1, r.first_day, r.last_day) group by 1 having sum(leads) > 0"
        ),
        (
            "select location_id, count(*), sum(contracts), sum(revenue) from analytics.fact_leads"
            " where tenant_id = $1 and day between r.first_day and r.last_day and location_id is not null group by 1"
        ),
    ),
    "product_counts_of": (
        (
            "select p.item_key::text, sum(p.views), sum(p.add_to_carts), sum(p.purchases)"
            " from analytics.days_that_count($1, r.first_day, r.last_day) d,"
            " analytics.product_counts_of($1, d.first_day, d.last_day) p group by 1 having sum(p.views) > 0"
        ),
        (
            "select item_key::text, sum(views), sum(add_to_carts), sum(purchases)"
            " from analytics.product_traffic_of($1, r.first_day, r.last_day) group by 1"
        ),
    ),
    "campaign_sums_of": (
        (
            "select c.campaign_ref, sum(c.leads), sum(c.spend), sum(c.impressions + c.clicks)"
            " from analytics.days_that_count($1, r.first_day, r.last_day) d,"
            " analytics.campaign_sums_of($1, d.first_day, d.last_day) c group by 1 having sum(c.impressions) > 0"
        ),
        (
            "select campaign_ref, sum(leads), sum(spend), sum(impressions + clicks)"
            f" from {_CAMPAIGNS} group by 1 having sum(impressions) > 0"
        ),
    ),
    "campaign_figures_of": (
        (
            "select campaign_ref, leads, spend, revenue + contracts + impressions + clicks"
            " from analytics.campaign_figures_of($1, r.first_day, r.last_day)"
        ),
        (
            "select campaign_ref, sum(leads), sum(spend), sum(revenue + contracts + impressions + clicks)"
            f" from {_CAMPAIGNS} group by 1"
        ),
    ),
    "get_marketing_totals": (
        (
            "select '', leads, spend, revenue + contracts + impressions + clicks"
            " from analytics.get_marketing_totals($1, array[r.first_day], array[r.last_day], array[null])"
        ),
        (
            "select '', coalesce(sum(leads), 0), coalesce(sum(spend), 0),"
            f" coalesce(sum(revenue + contracts + impressions + clicks), 0) from {_CAMPAIGNS}"
        ),
    ),
}


@pytest.mark.parametrize("days_from", [None, date(2024, 2, 1)], ids=["all days", "days that left"])
async def test_ranges_of_every_shape_are_the_sums_of_their_days(
    database: MigratedDatabase, days_from: date | None
) -> None:
    tenant_id = uuid4()
    writer = await asyncpg.connect(database.superuser_dsn)
    await writer.execute(_MADE.format(tenant=tenant_id))
    if days_from:
        await writer.execute("update analytics.rollup_state set days_from = $1", days_from)
        for table in ("v6_campaign_roi_daily", "platform_day", "product_day"):
            await writer.execute(f"delete from analytics.{table} where day < $1", days_from)
    await writer.execute(
        "analyze analytics.fact_leads, analytics.v6_campaign_roi_daily, analytics.platform_day, analytics.product_day"
    )
    await writer.close()
    async with as_analytics(database, tenant_id) as connection:
        for function, (ours, plain) in _SUMS.items():
            wrong = await connection.fetch(
                f"select r.*, o.sums, p.sums from ({_RANGES}) r"
                f" cross join lateral ({_plain(ours)}) o cross join lateral ({_plain(plain)}) p"
                " where o.sums is distinct from p.sums",
                tenant_id,
            )
            assert wrong == [], function


def _plain(statement: str) -> str:
    """Its rows as one value, with sums as they are equal, however many zeros end them."""
    return (
        "select array_agg(row(y.key, y.a, trim_scale(y.b), trim_scale(y.c))::text order by y.key) as sums"
        f" from ({statement}) as y (key, a, b, c)"
    )


@pytest.mark.parametrize("known", [0, 3], ids=["most of the campaigns", "few of the campaigns"])
async def test_a_channels_days_cost_what_its_campaigns_did(database: MigratedDatabase, known: int) -> None:
    tenant_id = uuid4()
    writer = await asyncpg.connect(database.superuser_dsn)
    await writer.execute(_MADE.format(tenant=tenant_id))
    await writer.execute(
        "insert into analytics.campaign (tenant_id, platform, campaign_ref, account_id, name)"
        " select $1, 'meta', 'c' || n, '', '' from generate_series(1, $2::integer) as n",
        tenant_id,
        known,
    )
    await writer.close()
    async with as_analytics(database, tenant_id) as connection:
        ours = (
            "select dt, spend from analytics.get_channel_trend("
            "$1, '2024-01-10', '2024-03-20', 'paid-social', array['meta', 'other'], array['one', 'one'])"
        )
        plain = (
            "select day, round(spend, 2) from analytics.v6_campaign_roi_daily"
            " where tenant_id = $1 and campaign_ref = 'one' and day between '2024-01-10' and '2024-03-20' order by 1"
        )
        assert await connection.fetch(ours, tenant_id) == await connection.fetch(plain, tenant_id)
