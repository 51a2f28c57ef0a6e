-- Visits by day and channel: the sum of the day's hours, in the same columns. If not one session was seen here on a
-- day, it has the sessions that data.channel_day reports, if it does (told_by_vendor, in every row of that day); then
-- nothing is known about purchases or page views in them.
create table analytics.traffic_day (
    tenant_id uuid not null,
    day date not null,
    channel text not null,
    sessions bigint not null,
    bought_sessions bigint not null,
    page_views bigint not null,
    purchases bigint not null,
    revenue numeric not null, -- exact, in the tenant's currency
    told_by_vendor boolean not null,
    primary key (tenant_id, day, channel)
);

alter table analytics.traffic_day enable row level security;
alter table analytics.traffic_day force row level security;
create policy tenant on analytics.traffic_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
