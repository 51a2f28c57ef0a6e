-- A session: (user_pseudo_id, ga_session_id). It belongs to the day, user and location of its first row.
-- prev_day, prev2_day, next_day: the days of the same user's neighbouring sessions, so that the last of several in a
-- range is found without grouping.
create table analytics.session (
    tenant_id uuid not null,
    user_pseudo_id text not null,
    session_id text not null,
    day date not null,
    first_ts timestamptz not null,
    first_id uuid not null,
    last_ts timestamptz not null,
    user_id text, -- of the first row
    u text not null,
    row_location_id text,
    location_id text,
    last_user_id text, -- of the last row, like its two locations
    last_row_location_id text,
    last_location_id text,
    page_views integer not null,
    bought boolean not null,
    viewed jsonb, -- [{item_id, item_name, views, first_us}]; first_us: when first, µs since 1970
    prev_day date,
    prev2_day date,
    next_day date,
    task_key text not null,
    -- Its origin, by its first row that names one; null: not named. All three null: directly.
    source text,
    medium text,
    campaign text,
    channel text not null, -- channel_of these three
    primary key (tenant_id, user_pseudo_id, session_id)
);

create index session_day on analytics.session (tenant_id, day);
create index session_u on analytics.session (tenant_id, u, first_ts, first_id);
create index session_location on analytics.session (tenant_id, location_id, day, u) include (last_location_id);
create index session_task on analytics.session (tenant_id, task_key);
-- The last session of a user who came back: the repeat-visit list scans these.
create index session_repeat on analytics.session (tenant_id, day)
    include (prev_day, next_day, u, last_ts, last_location_id, task_key)
    where prev_day is not null;

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.session set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.session enable row level security;
alter table analytics.session force row level security;
create policy tenant on analytics.session
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
