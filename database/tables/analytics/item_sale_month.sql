-- The items of analytics.sale summed over the months before rollup_state.tops_until, for the whole company.
-- Transactions whose day has no rate do not count.
create table analytics.item_sale_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    item_key uuid not null, -- identifies item_id: a text may be too long for an index
    item_id text not null,
    item_name text, -- the last in the alphabet of those given
    quantity numeric not null,
    revenue numeric not null,
    purchases bigint not null, -- transactions that contain it
    primary key (tenant_id, month, item_key)
);

alter table analytics.item_sale_month enable row level security;
alter table analytics.item_sale_month force row level security;
create policy tenant on analytics.item_sale_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
