-- One term searched in one session, with type-ahead searches merged. It belongs to the day, user and location of its
-- first search.
create table analytics.session_search (
    tenant_id uuid not null,
    user_pseudo_id text not null,
    session_id text not null,
    search_term text not null,
    day date not null,
    first_ts timestamptz not null,
    last_ts timestamptz not null,
    user_id text,
    u text not null,
    row_location_id text,
    location_id text,
    searches integer not null,
    no_result_searches integer not null,
    outcome text not null check (outcome in ('no_results', 'converted', 'engaged', 'unsuccessful')),
    task_key text not null,
    primary key (tenant_id, user_pseudo_id, session_id, search_term)
);

create index session_search_day on analytics.session_search (tenant_id, day)
    include (last_ts, outcome, location_id, task_key, search_term, searches, no_result_searches);
-- A location's searches of a long range, counted by term.
create index session_search_location on analytics.session_search (tenant_id, location_id, day)
    include (search_term, searches, no_result_searches);
create index session_search_u on analytics.session_search (tenant_id, u);
create index session_search_task on analytics.session_search (tenant_id, task_key);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.session_search set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.session_search enable row level security;
alter table analytics.session_search force row level security;
create policy tenant on analytics.session_search
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
