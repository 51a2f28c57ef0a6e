-- How often a product was viewed, added to a cart and bought on a day, by anybody.
create table analytics.product_day (
    tenant_id uuid not null,
    day date not null,
    item_key uuid not null, -- identifies item_id: a text may be too long for an index
    item_id text not null, -- the name, if there is none
    item_name text, -- the last in the alphabet of those given
    views integer not null, -- rows of view_item that contain it
    add_to_carts integer not null, -- rows of add_to_cart, likewise
    purchases integer not null, -- transactions, likewise
    primary key (tenant_id, day, item_key) include (views, add_to_carts, purchases)
);

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table analytics.product_day set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.product_day enable row level security;
alter table analytics.product_day force row level security;
create policy tenant on analytics.product_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
