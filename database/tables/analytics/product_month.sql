-- analytics.product_day summed over whole months: long ranges are read from months and single days.
create table analytics.product_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    item_key uuid not null, -- identifies item_id
    item_id text not null,
    item_name text, -- the last in the alphabet of those given
    views integer not null,
    add_to_carts integer not null,
    purchases integer not null,
    primary key (tenant_id, month, item_key) include (views, add_to_carts, purchases)
);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.product_month set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.product_month enable row level security;
alter table analytics.product_month force row level security;
create policy tenant on analytics.product_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
