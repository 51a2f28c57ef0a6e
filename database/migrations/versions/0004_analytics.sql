-- Every purchase row, repeated ones too: what counts for recovery and conversion.
create table analytics.buy (
    tenant_id uuid not null,
    event_ts timestamptz not null,
    event_id uuid not null,
    user_pseudo_id text not null, -- '': absent
    user_id text,
    u text,
    transaction_id text not null,
    primary key (tenant_id, event_ts, event_id)
);

create index buy_u on analytics.buy (tenant_id, u, event_ts);
create index buy_device on analytics.buy (tenant_id, user_pseudo_id, event_ts);
create index buy_transaction on analytics.buy (tenant_id, transaction_id, event_ts, event_id);

alter table analytics.buy enable row level security;
alter table analytics.buy force row level security;
create policy tenant on analytics.buy
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- One wide row per tenant day (location_id '') and per location and day.
-- fresh[k]: users active that day and on none of the k-1 days before; second[k]: users whose second session since k-1
-- days before is on that day. Both end where they stop changing, and only the tenant's rows have them.
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

-- Devices on which exactly one user was ever seen: whose anonymous rows they are.
create table analytics.device_user (
    tenant_id uuid not null,
    user_pseudo_id text not null,
    user_id text not null,
    primary key (tenant_id, user_pseudo_id)
);

alter table analytics.device_user enable row level security;
alter table analytics.device_user force row level security;
create policy tenant on analytics.device_user
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What changed and is not in the summaries yet. A row tells of a device's or user's time span (min_ts to max_ts),
-- of a user whose home location may have changed (home_user_id), or of a batch without such rows (all null).
create table analytics.dirty_key (
    tenant_id uuid not null,
    key_id bigint generated always as identity,
    batch_id uuid,
    user_pseudo_id text,
    user_id text,
    min_ts timestamptz,
    max_ts timestamptz,
    home_user_id text,
    primary key (tenant_id, key_id)
);

alter table analytics.dirty_key enable row level security;
alter table analytics.dirty_key force row level security;
create policy tenant on analytics.dirty_key
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What is left in a session's cart after its last purchase. It belongs to the day, user and location of its last line,
-- even one that was taken back. next_buy_ts: that user's first purchase later than last_ts, so any recovery time is
-- one comparison. amount: exact, in the tenant's currency; null where every line is in another.
create table analytics.open_cart (
    tenant_id uuid not null,
    user_pseudo_id text not null,
    session_id text not null,
    day date not null,
    last_ts timestamptz not null,
    user_id text,
    u text not null,
    row_location_id text,
    location_id text,
    items jsonb not null, -- [{item_id, item_name, quantity, price, value}]
    amount numeric,
    value numeric, -- amount rounded to cents
    foreign_rows integer not null,
    foreign_amounts jsonb, -- {currency: amount} of what has no rate
    next_buy_ts timestamptz,
    task_key text not null,
    primary key (tenant_id, user_pseudo_id, session_id)
);

create index open_cart_day on analytics.open_cart (tenant_id, day)
    include (value, last_ts, next_buy_ts, location_id, foreign_rows, task_key);
create index open_cart_u on analytics.open_cart (tenant_id, u);
create index open_cart_task on analytics.open_cart (tenant_id, task_key);

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.open_cart set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.open_cart enable row level security;
alter table analytics.open_cart force row level security;
create policy tenant on analytics.open_cart
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- One row a tenant: what its summaries were computed with. The refresher holds this row's lock while it works.
create table analytics.rollup_state (
    tenant_id uuid not null primary key,
    time_zone text, -- null: never built
    currency text,
    last_run_at timestamptz,
    last_run_ms integer not null default 0,
    staged_rows bigint not null default 0, -- events read so far, and at the last ANALYZE
    analyzed_rows bigint not null default 0
);

alter table analytics.rollup_state enable row level security;
alter table analytics.rollup_state force row level security;
create policy tenant on analytics.rollup_state
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A transaction, as its earliest purchase row of all time tells it. value: rounded, null where there is no rate.
create table analytics.sale (
    tenant_id uuid not null,
    transaction_id text not null,
    day date not null,
    event_ts timestamptz not null,
    user_pseudo_id text not null, -- '': absent
    user_id text,
    u text,
    row_location_id text,
    location_id text,
    amount numeric not null, -- exact, in its currency
    currency text not null,
    value numeric,
    items jsonb not null, -- [{item_id, item_name, quantity, price, value}]
    task_key text not null,
    primary key (tenant_id, transaction_id)
);

create index sale_day on analytics.sale (tenant_id, day)
    include (value, event_ts, location_id, task_key);
create index sale_u on analytics.sale (tenant_id, u, event_ts);
create index sale_device on analytics.sale (tenant_id, user_pseudo_id);
create index sale_task on analytics.sale (tenant_id, task_key);

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.sale set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.sale enable row level security;
alter table analytics.sale force row level security;
create policy tenant on analytics.sale
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

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
    primary key (tenant_id, user_pseudo_id, session_id)
);

create index session_day on analytics.session (tenant_id, day);
create index session_u on analytics.session (tenant_id, u, first_ts, first_id);
create index session_location on analytics.session (tenant_id, location_id, day) include (u, last_location_id);
create index session_task on analytics.session (tenant_id, task_key);
-- The last session of a user who came back: what the repeat-visit list looks through.
create index session_repeat on analytics.session (tenant_id, day)
    include (prev_day, next_day, u, last_ts, last_location_id, task_key)
    where prev_day is not null;

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.session set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.session enable row level security;
alter table analytics.session force row level security;
create policy tenant on analytics.session
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- One term searched in one session, type-ahead folded in. It belongs to the day, user and location of its first search.
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
    include (last_ts, outcome, location_id, task_key);
create index session_search_u on analytics.session_search (tenant_id, u);
create index session_search_task on analytics.session_search (tenant_id, task_key);

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.session_search set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.session_search enable row level security;
alter table analytics.session_search force row level security;
create policy tenant on analytics.session_search
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What became of a task; a task without a row is open. snooze_until is the day on which it is due again.
create table analytics.task_status (
    tenant_id uuid not null,
    kind text not null check (kind in ('purchases', 'cart-abandonment', 'search-analysis', 'repeat-visits')),
    task_key text not null,
    status text not null check (status in ('open', 'done', 'not_reached', 'snoozed', 'dismissed')),
    note text,
    snooze_until date,
    worked_by text not null,
    worked_at timestamptz not null,
    primary key (tenant_id, kind, task_key),
    check ((status = 'snoozed') = (snooze_until is not null))
);

alter table analytics.task_status enable row level security;
alter table analytics.task_status force row level security;
create policy tenant on analytics.task_status
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Days on which a user was active, each with the one before: distinct visitors of any range come from it.
create table analytics.user_day (
    tenant_id uuid not null,
    u text not null,
    day date not null,
    prev_day date,
    primary key (tenant_id, u, day)
);

create index user_day_day on analytics.user_day (tenant_id, day) include (prev_day);

alter table analytics.user_day enable row level security;
alter table analytics.user_day force row level security;
create policy tenant on analytics.user_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Rows of one device and user at one location on one tenant day, of all event kinds. '' stands for absent in the key.
-- u: the user key, null where the row has neither user nor device. location_id: the row's own, else u's home, else ''.
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
create index visit_day_location on analytics.visit_day (tenant_id, location_id, day) include (u);
create index visit_day_day on analytics.visit_day (tenant_id, day);

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.visit_day set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.visit_day enable row level security;
alter table analytics.visit_day force row level security;
create policy tenant on analytics.visit_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
