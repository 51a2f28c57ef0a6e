-- analytics.platform_day summed over whole months.
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

alter table analytics.platform_month enable row level security;
alter table analytics.platform_month force row level security;
create policy tenant on analytics.platform_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
