-- A transaction, as in its earliest purchase row of all time. value: rounded, in the tenant's currency, null without a
-- rate. So are the prices and values of its items, but without a rate they are in its own currency.
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
    rate numeric, -- of its day; null: its money is in the tenant's currency, or has no rate
    session_id text, -- of its device; null: in no session
    primary key (tenant_id, transaction_id)
);

create index sale_day on analytics.sale (tenant_id, day)
    include (value, event_ts, location_id, task_key);
create index sale_location on analytics.sale (tenant_id, location_id, day);
create index sale_u on analytics.sale (tenant_id, u, event_ts);
create index sale_device on analytics.sale (tenant_id, user_pseudo_id);
create index sale_task on analytics.sale (tenant_id, task_key);
-- Rows to compute again when rates change.
create index sale_foreign on analytics.sale (tenant_id, day) where (rate is not null or value is null);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.sale set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.sale enable row level security;
alter table analytics.sale force row level security;
create policy tenant on analytics.sale
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
