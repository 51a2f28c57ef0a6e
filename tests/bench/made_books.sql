-- What one made company's own records and its ad platforms tell: {leads} leads over {days} days up to {last}, more of some
-- campaigns, products and branches than of others, a tenth of them signed; {campaigns} campaigns of six platforms with a
-- row each day; 60 products that leads name of 500, 40 branches, {users} customers. Money is the tenant's, some spend is
-- dollars without a rate.
insert into data.locations (tenant_id, location_id, location_name, city, state)
select '{tenant}', 'L' || lpad(n::text, 2, '0'), 'Branch number ' || n, 'Springfield ' || n % 7, 'Ohio'
from generate_series(1, 40) as g (n);
insert into data.product (tenant_id, product_id, product_name, category, price)
select '{tenant}', 'P' || n, 'Product number ' || n, 'Category ' || n % 12, 1 + n % 97
from generate_series(0, 499) as g (n);
insert into data.users (tenant_id, user_id, buying_company_name, email, cell_phone, location_id)
select '{tenant}', 'u' || n, 'Company ' || md5(n::text) || ' Ltd', 'buyer' || n || '@customers.example',
    '402-555-' || lpad((n % 10000)::text, 4, '0'), 'L' || lpad((1 + n % 12)::text, 2, '0')
from generate_series(0, {users} - 1) as g (n);

create temp table made_campaign on commit drop as
select n, (array['google', 'meta', 'tiktok', 'shopee', 'lazada', 'newsletter'])[n % 6 + 1] as platform,
    'c' || n as campaign_id, 'Campaign ' || n || ' ' || (array['brand', 'spring', 'retargeting'])[n % 3 + 1] as name
from generate_series(1, {campaigns}) as g (n);
insert into data.campaign (tenant_id, name, platform, external_id)
select '{tenant}', name, platform, campaign_id from made_campaign;
insert into data.ad_performance (
    tenant_id, platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions, revenue,
    currency, first_seen_at
)
select '{tenant}', c.platform, '', c.campaign_id, d.day, c.name, floor(random() * 20000), floor(random() * 400),
    round((random() * 300)::numeric, 2), floor(random() * 9), round((random() * 900)::numeric, 2),
    case when random() < 0.002 then 'CHF' end, d.day
from (select date '{last}' - n as day from generate_series(0, {days} - 1) as g (n)) d
cross join made_campaign c
order by d.day;

insert into data.lead (
    tenant_id, lead_id, created_day, created_at, name, email, utm_source, utm_medium, utm_campaign, utm_id, gclid, referrer,
    product_id, product_name, location_id
)
select '{tenant}', 'L' || r.n, (r.at at time zone 'UTC')::date, r.at, 'Person ' || r.n, 'p' || r.n || '@people.example',
    case when r.way = 0 then null else c.platform end,
    (array['cpc', 'paid-social', 'email', 'referral'])[c.n % 4 + 1],
    case when r.way > 1 then c.name when r.way = 1 then 'unheard of ' || c.n % 17 end,
    case when r.way > 5 then c.campaign_id end,
    case when c.platform = 'google' and r.way > 6 then md5(r.n::text) end,
    case when r.way = 0 then 'https://www.facebook.com/' end,
    'P' || r.product, 'Product number ' || r.product, 'L' || lpad(r.branch::text, 2, '0')
from (
    select n, date '{last}' + 1 - random() * {days} * interval '1 day' - interval '1 second' as at,
        1 + floor({campaigns} * random() ^ 2)::integer as campaign, floor(60 * random() ^ 2)::integer as product,
        1 + floor(40 * random())::integer as branch, floor(10 * random())::integer as way
    from generate_series(1, {leads}) as g (n)
) r
inner join made_campaign c on c.n = r.campaign
order by r.at;
insert into data.contract (tenant_id, contract_id, lead_id, signed_day, amount)
select '{tenant}', 'C' || l.lead_id, l.lead_id, l.created_day + 9, round((random() * 5000)::numeric, 2)
from data.lead l where l.tenant_id = '{tenant}' and hashtext(l.lead_id) % 10 = 0;

-- (a source whose vendor restates the newest days, and says that of some it withheld rows)
insert into data.source (tenant_id, source_id, kind, name, status)
values ('{tenant}', '{tenant}', 'ga4', 'The website', 'paused');
insert into data.quality_flag (tenant_id, source_id, stream, day, flag)
select '{tenant}', '{tenant}', 'events', date '{last}' - n, case when n % 3 = 0 then 'sampled' else 'thresholded' end
from generate_series(0, {days} - 1, 4) as g (n);
insert into analytics.goal (tenant_id, name, metric, channel, target, period_start, period_end)
select '{tenant}', m.metric || ' ' || q.n, m.metric, m.channel, 1000,
    (date_trunc('month', date '{last}') - (3 * q.n + 2) * interval '1 month')::date,
    (date_trunc('month', date '{last}') - (3 * q.n - 1) * interval '1 month')::date - 1
from (values ('leads', null), ('spend', 'google'), ('revenue', null)) as m (metric, channel)
cross join generate_series(0, 3) as q (n);
insert into analytics.figure_change (tenant_id, day, platform, metric, changed_at, was, became, reason)
select '{tenant}', date '{last}' - n, p.platform, 'spend', date '{last}' - n + 3, n, n + 1, 'restatement'
from generate_series(0, {days} - 1) as g (n)
cross join (select distinct platform from made_campaign) p;
