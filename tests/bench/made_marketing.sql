-- Marketing's facts of one made company: {leads} leads a day over {days} days up to {last}, {campaigns} campaigns on eight
-- platforms, 60 products, 40 branches. The sums of months are made as the refresher makes them: from the days.
insert into analytics.campaign (tenant_id, platform, campaign_ref, account_id, external_id, name)
select '{tenant}', (array['google', 'meta', 'tiktok', 'shopee', 'lazada', 'bing', 'zalo', 'newsletter'])[n % 8 + 1],
    'account/' || n, 'account', n::text, 'Campaign ' || n
from generate_series(1, {campaigns}) as g (n);

create temp table made_lead on commit drop as
select d.day, (array['google', 'meta', 'tiktok', 'shopee', 'lazada', 'bing', 'zalo', 'newsletter'])[r.c % 8 + 1] as platform,
    (array['paid-search', 'paid-social', 'organic-search', 'referral'])[r.c % 4 + 1] as channel,
    'source ' || r.c % 24 as utm_source, 'campaign ' || r.c as utm_campaign,
    r.c % 3 > 0 as is_paid, case when r.c % 5 > 0 then 'account/' || r.c else '' end as campaign_ref,
    r.p as product, 'B' || r.b as branch, (random() < 0.1)::integer as contracts, random() as drawn
from (select date '{last}' - n as day from generate_series(0, {days} - 1) as g (n)) d
cross join lateral (
    select 1 + floor({campaigns} * random() ^ 2)::integer as c, floor(60 * random() ^ 2)::integer as p,
        floor(40 * random())::integer as b
    from generate_series(1, {leads}) as l (n)
    where d.day is not null
) r;
alter table made_lead add column revenue numeric;
update made_lead set revenue = contracts * round((drawn * 5000)::numeric, 2);

insert into analytics.fact_leads (
    tenant_id, day, lead_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, product_id,
    product_name, location_id, contracts, revenue
)
select '{tenant}', day, 'L' || row_number() over (order by day), platform, channel, utm_source, utm_campaign, '', is_paid,
    campaign_ref, 'P' || product, 'Product ' || product, branch, contracts, revenue
from made_lead order by 2;
insert into analytics.fact_leads_month (
    tenant_id, month, fact_id, platform, channel, utm_source, is_paid, campaign_ref, leads, contracts, revenue
)
select '{tenant}', date_trunc('month', day::timestamp), gen_random_uuid(), platform, channel, utm_source, is_paid,
    campaign_ref, count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' group by 2, 4, 5, 6, 7, 8 order by 2;
insert into analytics.stray_lead_month (
    tenant_id, month, kind_id, platform, utm_source, utm_campaign, utm_id, leads, contracts, revenue
)
select '{tenant}', date_trunc('month', day::timestamp),
    md5(concat_ws(E'\x1f', platform, utm_source, utm_campaign, utm_id))::uuid, platform, utm_source, utm_campaign, utm_id,
    count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' and campaign_ref = '' group by 2, 4, 5, 6, 7 order by 2;
insert into analytics.lead_channel_day (tenant_id, day, channel, leads, contracts, revenue)
select '{tenant}', day, channel, count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' group by 2, 3 order by 2;

insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select '{tenant}', coalesce(a.day, l.day), coalesce(a.platform, l.platform), coalesce(a.campaign_ref, l.campaign_ref),
    coalesce(l.leads, 0), coalesce(l.contracts, 0), coalesce(l.revenue, 0), coalesce(a.spend, 0),
    coalesce(a.impressions, 0), coalesce(a.clicks, 0), 0, 0
from (
    select date '{last}' - n as day, c.platform, c.campaign_ref, round((random() * 300)::numeric, 2) as spend,
        floor(random() * 20000)::integer as impressions, floor(random() * 400)::integer as clicks
    from generate_series(0, {days} - 1) as g (n)
    cross join analytics.campaign c where c.tenant_id = '{tenant}'
) a
full join (
    select day, platform, campaign_ref, count(*) as leads, sum(contracts) as contracts, sum(revenue) as revenue
    from analytics.fact_leads where tenant_id = '{tenant}' group by 1, 2, 3
) l on l.day = a.day and l.platform = a.platform and l.campaign_ref = a.campaign_ref
order by 2;
insert into analytics.v6_campaign_roi_monthly (
    tenant_id, month, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select '{tenant}', date_trunc('month', day::timestamp), platform, campaign_ref, sum(leads), sum(contracts),
    sum(revenue), sum(spend), sum(impressions), sum(clicks), 0, 0
from analytics.v6_campaign_roi_daily where tenant_id = '{tenant}' group by 2, 3, 4 order by 2;
insert into analytics.platform_day (
    tenant_id, day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select '{tenant}', day, platform, sum(leads) / 2, sum(leads), sum(contracts), sum(revenue), sum(spend),
    sum(impressions), sum(clicks), 0, 0
from analytics.v6_campaign_roi_daily where tenant_id = '{tenant}' group by 2, 3 order by 2;
insert into analytics.platform_month (
    tenant_id, month, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select '{tenant}', date_trunc('month', day::timestamp), platform, sum(paid_leads), sum(leads), sum(contracts), sum(revenue),
    sum(spend), sum(impressions), sum(clicks), 0, 0
from analytics.platform_day where tenant_id = '{tenant}' group by 2, 3 order by 2;

insert into analytics.v6_product_performance (
    tenant_id, month, platform, product_key, product_id, product_name, leads, contracts, revenue
)
select '{tenant}', date_trunc('month', day::timestamp), platform, md5(product_id)::uuid, product_id, product_name,
    count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' group by 2, 3, 4, 5, 6 order by 2;
insert into analytics.v6_branch_performance (tenant_id, month, platform, location_id, leads, contracts, revenue)
select '{tenant}', date_trunc('month', day::timestamp), platform, location_id, count(*), sum(contracts), sum(revenue)
from analytics.fact_leads where tenant_id = '{tenant}' group by 2, 3, 4 order by 2;

insert into analytics.product_day (tenant_id, day, item_key, item_id, item_name, views, add_to_carts, purchases)
select '{tenant}', date '{last}' - n, md5('P' || p)::uuid, 'P' || p, 'Product ' || p, floor(random() * 40),
    floor(random() * 9), floor(random() * 4)
from generate_series(0, {days} - 1) as g (n), generate_series(0, 60 * {campaigns} / 100) as h (p);
insert into analytics.product_month (tenant_id, month, item_key, item_id, item_name, views, add_to_carts, purchases)
select '{tenant}', date_trunc('month', day::timestamp), item_key, item_id, item_name, sum(views), sum(add_to_carts),
    sum(purchases)
from analytics.product_day where tenant_id = '{tenant}' group by 2, 3, 4, 5 order by 2;

insert into analytics.traffic_day (
    tenant_id, day, channel, sessions, bought_sessions, page_views, purchases, revenue, told_by_vendor
)
select '{tenant}', date '{last}' - n, c.channel, floor(random() * 400), 0, 0, 0, 0, false
from generate_series(0, {days} - 1) as g (n)
cross join unnest(array[
    'paid-search', 'paid-social', 'organic-search', 'referral', 'direct', 'email', 'display', 'affiliates'
]) as c (channel);
insert into analytics.traffic_month (
    tenant_id, month, channel, sessions, bought_sessions, page_views, purchases, revenue, vendor_days
)
select '{tenant}', date_trunc('month', day::timestamp), channel, sum(sessions), 0, 0, 0, 0, 0
from analytics.traffic_day where tenant_id = '{tenant}' group by 2, 3 order by 2;

-- Half as many orders as leads, some of them clicked on another day, and what the ledger's lines come to.
insert into analytics.ledger_entry (
    tenant_id, transaction_id, entry_no, day, platform, campaign_ref, is_order, gross, refunds, moved_in, moved_out,
    zone_in, zone_out, shared, lacks_rate
)
select '{tenant}', 'T' || o.n, e.entry_no, o.day - 3 * e.entry_no, o.platform, o.campaign_ref, e.entry_no = 0,
    case when e.entry_no = 0 then 50 else 0 end, 0, 50 * e.entry_no, case when e.entry_no = 0 and o.n % 4 = 0 then 50 else 0 end,
    0, 0, 0, false
from (select l.*, row_number() over () as n from made_lead l where l.drawn < 0.5) o
cross join generate_series(0, case when o.n % 4 = 0 then 1 else 0 end) as e (entry_no);
insert into analytics.ledger_total (
    tenant_id, day, platform, lines, spend, claimed_conversions, claimed_revenue, leads, contracts, revenue, orders,
    order_revenue, refunds, refund_gap, window_gap, time_zone_gap, duplicate_gap, untracked_gap, currency_gap, over_gap,
    under_gap
)
select '{tenant}', l.day, l.platform, count(*), sum(l.spend), sum(l.claimed_conversions), sum(l.claimed_revenue),
    sum(l.leads), sum(l.contracts), sum(l.revenue), sum(l.orders), sum(l.order_revenue), sum(l.refunds),
    sum(l.refund_gap), sum(l.window_gap), sum(l.time_zone_gap), sum(l.duplicate_gap), sum(l.untracked_gap),
    sum(l.currency_gap), sum(greatest(l.thresholded_gap + l.unexplained, 0)), sum(least(l.unexplained, 0))
from analytics.ledger_of(
    '{tenant}', array(select date '{last}' - n from generate_series(-1, {days} + 3) as g (n)), null
) l
group by l.day, l.platform;
