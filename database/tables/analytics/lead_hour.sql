-- Leads by hour of the tenant's clock and channel, of those whose time of day is known.
create table analytics.lead_hour (
    tenant_id uuid not null,
    hour timestamptz not null, -- its first instant: a day of a clock change has 23 or 25
    channel text not null,
    day date not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, hour, channel)
);

alter table analytics.lead_hour enable row level security;
alter table analytics.lead_hour force row level security;
create policy tenant on analytics.lead_hour
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
