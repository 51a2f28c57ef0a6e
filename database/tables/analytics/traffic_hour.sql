-- Visits by hour and channel, from sessions and sales alone. Hours are counted from the tenant's midnight, so a day has
-- 23, 24 or 25 of them and none belongs to two days; if the zone differs from UTC by whole hours, they are hours of
-- UTC. Hours and channels without a visit or sale have no row.
create table analytics.traffic_hour (
    tenant_id uuid not null,
    hour timestamptz not null, -- its first instant
    channel text not null, -- as in session; a sale outside of every session is 'unassigned'
    sessions bigint not null, -- with their first row in the hour
    bought_sessions bigint not null, -- of these, with a purchase at any time
    page_views bigint not null, -- of these sessions
    purchases bigint not null, -- transactions with their earliest row in the hour, by the channel of that row's session
    revenue numeric not null, -- of these; exact, in the tenant's currency, foreign ones by their day's rate if any
    primary key (tenant_id, hour, channel)
);

alter table analytics.traffic_hour enable row level security;
alter table analytics.traffic_hour force row level security;
create policy tenant on analytics.traffic_hour
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
