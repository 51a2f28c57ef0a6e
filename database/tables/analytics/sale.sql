-- A transaction, as its earliest purchase row of all time tells it. value: rounded, in the tenant's currency, null where
-- there is no rate; so are the prices and values of its items, those in its own currency where there is none.
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
    rate numeric, -- of its day; null: its money is the tenant's, or has no rate
    session_id text, -- of its device; null: it was in none
    primary key (tenant_id, transaction_id)
);

create index sale_day on analytics.sale (tenant_id, day)
    include (value, event_ts, location_id, task_key);
create index sale_location on analytics.sale (tenant_id, location_id, day);
create index sale_u on analytics.sale (tenant_id, u, event_ts);
create index sale_device on analytics.sale (tenant_id, user_pseudo_id);
create index sale_task on analytics.sale (tenant_id, task_key);
-- What other rates have computed anew.
create index sale_foreign on analytics.sale (tenant_id, day) where (rate is not null or value is null);

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.sale set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.sale enable row level security;
alter table analytics.sale force row level security;
create policy tenant on analytics.sale
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
