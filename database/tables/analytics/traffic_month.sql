-- Visits by calendar month and channel: the sum of traffic_day's rows, a vendor's sessions included.
create table analytics.traffic_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    channel text not null,
    sessions bigint not null,
    bought_sessions bigint not null,
    page_views bigint not null,
    purchases bigint not null,
    revenue numeric not null, -- exact, in the tenant's currency
    vendor_days integer not null, -- days of the month whose sessions of this channel a vendor reported
    primary key (tenant_id, month, channel)
);

alter table analytics.traffic_month enable row level security;
alter table analytics.traffic_month force row level security;
create policy tenant on analytics.traffic_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
