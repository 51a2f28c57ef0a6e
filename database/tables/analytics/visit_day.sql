-- Rows of one device and user at one location on one tenant day, of all event kinds. '' stands for absent in the key.
-- u: the user key, null if the row has neither user nor device. location_id: the row's own, else u's home, else ''.
create table analytics.visit_day (
    tenant_id uuid not null,
    user_pseudo_id text not null,
    day date not null,
    user_id text not null,
    row_location_id text not null,
    u text,
    location_id text not null,
    events integer not null,
    page_views integer not null,
    add_to_carts integer not null,
    searches integer not null,
    failed_searches integer not null,
    last_ts timestamptz not null,
    primary key (tenant_id, user_pseudo_id, day, user_id, row_location_id)
);

create index visit_day_u on analytics.visit_day (tenant_id, u, day);
create index visit_day_location on analytics.visit_day (tenant_id, location_id, day, u);
create index visit_day_day on analytics.visit_day (tenant_id, day);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.visit_day set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.visit_day enable row level security;
alter table analytics.visit_day force row level security;
create policy tenant on analytics.visit_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
