-- Leads by hour of the tenant's clock and channel, of those whose time of day is known. A row holds a day's hours, so
-- that a lead changes one row and not one per hour.
create table analytics.lead_hour (
    tenant_id uuid not null,
    day date not null,
    channel text not null,
    hours timestamptz[] not null, -- their first instants, in order, of those with leads: a day of a clock change has 23 or 25
    leads bigint[] not null, -- this and the next two hour by hour
    contracts bigint[] not null,
    revenue numeric[] not null,
    primary key (tenant_id, day, channel)
);

alter table analytics.lead_hour enable row level security;
alter table analytics.lead_hour force row level security;
create policy tenant on analytics.lead_hour
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
