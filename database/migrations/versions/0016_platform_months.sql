-- A platform's months, by which ranges are read. Of months whose days were removed by age, campaigns' months are left, and
-- those of leads say how many were paid for. (Under FORCE the owner sees no rows.)
create table analytics.platform_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    paid_leads bigint not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    spend numeric not null, -- this and revenue exact, in the tenant's currency, of what has a rate
    impressions bigint not null,
    clicks bigint not null,
    claimed_conversions numeric not null, -- the platform's own claim
    claimed_revenue numeric not null,
    primary key (tenant_id, month, platform)
);

alter table analytics.v6_campaign_roi_monthly no force row level security;
alter table analytics.fact_leads_month no force row level security;
insert into analytics.platform_month (
    tenant_id, month, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select c.tenant_id, c.month, c.platform, coalesce(l.paid_leads, 0), c.leads, c.contracts, c.revenue, c.spend, c.impressions,
    c.clicks, c.claimed_conversions, c.claimed_revenue
from (
    select m.tenant_id, m.month, m.platform, sum(m.leads) as leads, sum(m.contracts) as contracts,
        sum(m.revenue) as revenue, sum(m.spend) as spend, sum(m.impressions) as impressions, sum(m.clicks) as clicks,
        sum(m.claimed_conversions) as claimed_conversions, sum(m.claimed_revenue) as claimed_revenue
    from analytics.v6_campaign_roi_monthly m
    group by m.tenant_id, m.month, m.platform
) c
left join (
    select f.tenant_id, f.month, f.platform, sum(f.leads) as paid_leads
    from analytics.fact_leads_month f
    where f.is_paid
    group by f.tenant_id, f.month, f.platform
) l on l.tenant_id = c.tenant_id and l.month = c.month and l.platform = c.platform;
alter table analytics.v6_campaign_roi_monthly force row level security;
alter table analytics.fact_leads_month force row level security;

alter table analytics.platform_month enable row level security;
alter table analytics.platform_month force row level security;
create policy tenant on analytics.platform_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
