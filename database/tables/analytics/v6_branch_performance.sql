-- Leads of a day by platform and branch. Those that name no branch are in no row.
create table analytics.v6_branch_performance (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    location_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, platform, location_id)
);

alter table analytics.v6_branch_performance enable row level security;
alter table analytics.v6_branch_performance force row level security;
create policy tenant on analytics.v6_branch_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
