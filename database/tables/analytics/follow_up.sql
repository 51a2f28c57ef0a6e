-- Carts, searches and repeat visits that were emailed or worked, each with its first moment and what came of it;
-- analytics.recount_follow_ups is the exact definition. is_compared: rows for comparing a hold-out, which do not count:
-- the same, from the first delivery that reported it or held it out. Maintained by the refresher.
create table analytics.follow_up (
    tenant_id uuid not null,
    is_compared boolean not null,
    task_key text not null,
    kind text not null,
    at timestamptz not null,
    day date not null, -- of at
    location_id text,
    rep text not null, -- an address in lower case
    is_held_out boolean not null,
    last_activity_at timestamptz,
    user_pseudo_id text, -- with user_id: whose task it is, according to its events
    user_id text,
    u text, -- the present user key
    is_recovered boolean not null default false,
    revenue numeric not null default 0, -- of what has a rate
    unconverted jsonb, -- [{currency, amount, day}] of what has none, a purchase each
    primary key (tenant_id, is_compared, task_key)
);

create index follow_up_u on analytics.follow_up (tenant_id, u);
create index follow_up_device on analytics.follow_up (tenant_id, user_pseudo_id) where user_id is null;
create index follow_up_day on analytics.follow_up (tenant_id, is_compared, day)
    include (location_id, is_held_out, u, is_recovered);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.follow_up set (autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.follow_up enable row level security;
alter table analytics.follow_up force row level security;
create policy tenant on analytics.follow_up
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
