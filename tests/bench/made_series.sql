-- A company's figures by hour and day, as analytics keeps them, from {days} days before {last} (a full hour, UTC) on:
-- {channels} channels with {visits} visits an hour among them, {campaigns} campaigns with {leads} leads a day, {branches}
-- branches, {products} products. The first member of each has most.
create temporary table shares on commit drop as
select kind, member, 1.0 / member / sum(1.0 / member) over (partition by kind) as share
from (values ('channel', {channels}), ('campaign', {campaigns}), ('branch', {branches}), ('product', {products})) k (kind, many)
cross join lateral generate_series(1, k.many) as member;

create function pg_temp.about(p_mean numeric) returns bigint language sql volatile as $$
    -- (chance about the mean as wide as that of counts, never below nothing)
    select greatest(floor(p_mean + sqrt(p_mean) * (random() + random() + random() - 1.5) * 2 + random()), 0)::bigint
$$;

insert into analytics.traffic_hour (
    tenant_id, hour, channel, sessions, bought_sessions, page_views, purchases, revenue
)
select '{tenant}', h.hour, 'channel-' || s.member, v.visits, 0, v.visits * 3, v.visits / 30, v.visits / 30 * 50
from (
    select hour, (0.3 + 0.7 * sin(pi() * extract(hour from hour) / 24)) * (1 - 0.05 * extract(isodow from hour)) as course
    from generate_series(timestamptz '{last}' - interval '71 days', timestamptz '{last}', interval '1 hour') as hour
) h
cross join shares s
cross join lateral (select pg_temp.about(({visits} * h.course * s.share)::numeric) as visits) v
where s.kind = 'channel' and v.visits > 0;

create temporary table days on commit drop as
select day::date as day, 1 - 0.05 * extract(isodow from day) as course
from generate_series(timestamptz '{last}' - interval '{days} days', timestamptz '{last}', interval '1 day') as day;

insert into analytics.traffic_day (
    tenant_id, day, channel, sessions, bought_sessions, page_views, purchases, revenue, told_by_vendor
)
select '{tenant}', d.day, 'channel-' || s.member, v.visits, 0, v.visits * 3, v.visits / 30, v.visits / 30 * 50, false
from days d
cross join shares s
cross join lateral (select pg_temp.about({visits} * 16 * d.course * s.share) as visits) v
where s.kind = 'channel' and v.visits > 0;

insert into analytics.day_total (
    tenant_id, location_id, day, events, page_views, add_to_carts, searches, failed_searches, sessions, bought_sessions,
    purchases, revenue, abandoned_carts, abandoned_value, foreign_rows, last_ts
)
select '{tenant}', case when s.member = 1 then '' else 'B' || s.member end, d.day, v.visits, v.visits, 0, 0, v.visits / 20,
    v.visits, 0, v.visits / 30, v.visits / 30 * 50, 0, 0, 0, now()
from days d
cross join shares s
cross join lateral (select pg_temp.about({visits} * 16 * d.course * s.share) as visits) v
where s.kind = 'branch';

insert into analytics.product_day (tenant_id, day, item_key, item_id, item_name, views, add_to_carts, purchases)
select '{tenant}', d.day, md5('P' || s.member)::uuid, 'P' || s.member, 'Product ' || s.member, v.sold * 20, v.sold * 2, v.sold
from days d
cross join shares s
cross join lateral (select pg_temp.about({visits} / 2.0 * d.course * s.share)::integer as sold) v
where s.kind = 'product' and v.sold > 0;

insert into analytics.campaign (tenant_id, platform, campaign_ref, account_id, external_id, name)
select '{tenant}', (array['google', 'meta'])[s.member % 2 + 1], 'a/' || s.member, 'a', s.member::text, 'Campaign ' || s.member
from shares s
where s.kind = 'campaign';

insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select '{tenant}', d.day, (array['google', 'meta'])[s.member % 2 + 1], 'a/' || s.member, v.leads, v.leads / 10,
    v.leads / 10 * 900, round(({leads} * 20 * s.share * (0.9 + 0.2 * random()))::numeric, 2), 0, 0, 0, 0
from days d
cross join shares s
cross join lateral (select pg_temp.about({leads} * d.course * s.share) as leads) v
where s.kind = 'campaign';

insert into analytics.fact_leads (
    tenant_id, day, lead_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, product_id,
    product_name, location_id, contracts, revenue
)
select '{tenant}', d.day, d.day || '-' || n, 'google', 'channel-' || ceil({channels} * r.u ^ 2), 'google', '', '', true,
    'a/1', 'P' || ceil({products} * r.u ^ 2), 'Product ' || ceil({products} * r.u ^ 2), 'B' || ceil({branches} * r.w ^ 2), 0, 0
from days d
cross join lateral generate_series(1, pg_temp.about({leads} * d.course)) as n
cross join lateral (select greatest(random(), 0.001) as u, greatest(random(), 0.001) as w where n > 0) r;

insert into analytics.lead_channel_day (tenant_id, day, channel, leads, contracts, revenue)
select '{tenant}', f.day, f.channel, count(*), count(*) / 10, count(*) / 10 * 900
from analytics.fact_leads f
where f.tenant_id = '{tenant}'
group by f.day, f.channel;

insert into analytics.lead_hour (tenant_id, day, channel, hours, leads, contracts, revenue)
select '{tenant}', x.day, x.channel, array_agg(x.hour order by x.hour), array_agg(x.leads order by x.hour),
    array_agg(0 order by x.hour), array_agg(0 order by x.hour)
from (
    select f.day, f.channel, h.hour, count(*) as leads
    from analytics.fact_leads f
    cross join lateral (
        select f.day::timestamptz + interval '1 hour' * (8 + abs(hashtext(f.lead_id)) % 12) as hour
    ) h
    where f.tenant_id = '{tenant}' and f.day >= (timestamptz '{last}' - interval '71 days')::date
    group by f.day, f.channel, h.hour
) x
where x.hour <= timestamptz '{last}'
group by x.day, x.channel;

insert into analytics.rollup_state (tenant_id, time_zone, currency, last_run_at) values ('{tenant}', 'UTC', 'USD', now());
insert into insights.generation (tenant_id, due_at) values ('{tenant}', now() + interval '1 day');
