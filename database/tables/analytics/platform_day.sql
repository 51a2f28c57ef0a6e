-- A tenant's day by platform: the figures of a range are sums of these.
create table analytics.platform_day (
    tenant_id uuid not null,
    day date not null,
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
    primary key (tenant_id, day, platform)
)
with (fillfactor = 50); -- as v6_campaign_roi_daily

alter table analytics.platform_day enable row level security;
alter table analytics.platform_day force row level security;
create policy tenant on analytics.platform_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
