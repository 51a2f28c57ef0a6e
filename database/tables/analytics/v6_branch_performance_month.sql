-- analytics.v6_branch_performance summed over whole months.
create table analytics.v6_branch_performance_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    location_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, location_id)
);

alter table analytics.v6_branch_performance_month enable row level security;
alter table analytics.v6_branch_performance_month force row level security;
create policy tenant on analytics.v6_branch_performance_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
