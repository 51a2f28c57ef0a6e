-- Leads of whole months by platform and branch; leads without a branch are in no row. Long ranges are read from here,
-- and from fact_leads at their edges.
create table analytics.v6_branch_performance (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    location_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, location_id)
);

alter table analytics.v6_branch_performance enable row level security;
alter table analytics.v6_branch_performance force row level security;
create policy tenant on analytics.v6_branch_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
