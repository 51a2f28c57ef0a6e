-- Leads by day and channel.
create table analytics.lead_channel_day (
    tenant_id uuid not null,
    day date not null,
    channel text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, channel)
);

alter table analytics.lead_channel_day enable row level security;
alter table analytics.lead_channel_day force row level security;
create policy tenant on analytics.lead_channel_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
