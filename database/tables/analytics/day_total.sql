-- One wide row per tenant day (location_id '') and per location and day.
-- fresh[k]: users active that day and on none of the k-1 days before; second[k]: users whose second session since k-1
-- days before is on that day. Both arrays end where the values stop changing. A location has only their first elements:
-- its users of the day, and those of them with two sessions.
create table analytics.day_total (
    tenant_id uuid not null,
    location_id text not null,
    day date not null,
    events bigint not null,
    page_views bigint not null,
    add_to_carts bigint not null,
    searches bigint not null,
    failed_searches bigint not null,
    sessions bigint not null,
    bought_sessions bigint not null,
    purchases bigint not null,
    revenue numeric not null, -- exact
    abandoned_carts bigint not null,
    abandoned_value numeric not null,
    foreign_rows bigint not null,
    foreign_amounts jsonb, -- {currency: amount} of what has no rate
    last_ts timestamptz not null,
    fresh integer[],
    second integer[],
    primary key (tenant_id, location_id, day)
);

create index day_total_day on analytics.day_total (tenant_id, day);

alter table analytics.day_total enable row level security;
alter table analytics.day_total force row level security;
create policy tenant on analytics.day_total
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
