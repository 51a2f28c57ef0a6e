-- What is left in a session's cart after its last purchase. It belongs to the day, user and location of its last line,
-- even one that was removed from the cart. next_buy_ts: that user's first purchase later than last_ts, so that any
-- recovery time is one comparison. amount: exact, in the tenant's currency; null if every line is in another currency
-- that has no rate on the cart's day.
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
    rates jsonb, -- {currency: rate} of what was converted
    primary key (tenant_id, user_pseudo_id, session_id)
);

create index open_cart_day on analytics.open_cart (tenant_id, day)
    include (value, last_ts, next_buy_ts, location_id, foreign_rows, task_key);
create index open_cart_u on analytics.open_cart (tenant_id, u);
create index open_cart_task on analytics.open_cart (tenant_id, task_key);
-- Rows to compute again when rates change.
create index open_cart_foreign on analytics.open_cart (tenant_id, day)
    where (rates is not null or foreign_amounts is not null);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.open_cart set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.open_cart enable row level security;
alter table analytics.open_cart force row level security;
create policy tenant on analytics.open_cart
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
