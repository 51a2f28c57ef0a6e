-- Raw rows of one made company: {campaigns} campaigns on eight platforms with ads on each of {ad_days} days from {first} on,
-- and {leads} leads a day on the first {lead_days} of them, a tenth of which sign a contract.
insert into data.ad_performance (
    tenant_id, platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend
)
select '{tenant}', (array['google', 'meta', 'tiktok', 'shopee', 'lazada', 'bing', 'zalo', 'newsletter'])[c % 8 + 1],
    'account', 'id' || c, date '{first}' + d, 'Campaign ' || c, floor(random() * 20000), floor(random() * 400),
    round((random() * 300)::numeric, 2)
from generate_series(0, {ad_days} - 1) as g (d), generate_series(1, {campaigns}) as h (c);

insert into data.lead (
    tenant_id, lead_id, created_day, created_at, name, email, phone, utm_source, utm_medium, utm_campaign, referrer,
    product_id, product_name, location_id
)
select '{tenant}', 'H' || d * {leads} + n, date '{first}' + d,
    date '{first}' + d + interval '8 hours' + random() * interval '12 hours', 'Somebody ' || n, n || '@example.com',
    '+4025550' || n, case when r.c > 0 then r.platform end, case when r.c > 0 then 'cpc' end,
    case when r.c > 0 then 'Campaign ' || r.c end, 'https://www.google.com/search', 'P' || r.p, 'Product ' || r.p, 'B' || r.b
from generate_series(0, {lead_days} - 1) as g (d)
cross join generate_series(1, {leads}) as h (n)
cross join lateral (
    select x.*, (array['google', 'meta', 'tiktok', 'shopee', 'lazada', 'bing', 'zalo', 'newsletter'])[x.c % 8 + 1] as platform
    from (
        select floor({campaigns} * random() ^ 2)::integer as c, floor(60 * random() ^ 2)::integer as p,
            floor(40 * random())::integer as b
        where n > 0 and d >= 0
    ) x
) r;

insert into data.contract (tenant_id, contract_id, lead_id, signed_day, amount)
select l.tenant_id, 'C' || l.lead_id, l.lead_id, l.created_day + 5, round((random() * 5000)::numeric, 2)
from data.lead l
where l.tenant_id = '{tenant}' and random() < 0.1;
