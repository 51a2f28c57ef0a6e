-- Which road has a tenant's day, among those whose rows cannot be matched one by one (docs/decisions/0022).
-- A row is the day's span in the tenant's time zone when it was first claimed, and keeps that span: spans of one tenant
-- never overlap, so no moment has two owners. A road is only ever replaced by a better one; no row is deleted.
create table data.road_day (
    tenant_id uuid not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null, -- exclusive
    day date not null, -- of the tenant, when it was claimed
    road smallint not null check (road in (1, 2, 3)), -- 1 GA4 export, 2 Data API, 3 Measurement Protocol
    primary key (tenant_id, starts_at),
    check (ends_at > starts_at)
);

alter table data.road_day enable row level security;
alter table data.road_day force row level security;
create policy tenant on data.road_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
