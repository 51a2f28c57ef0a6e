-- Leads of a day by platform and product. Those that name no product are in no row.
create table analytics.v6_product_performance (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    product_key uuid not null, -- of the next two: a name may be too long for an index
    product_id text, -- null: leads named none; then they are told apart by the name
    product_name text, -- as the last of these leads named it; null: none did
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, platform, product_key)
);

alter table analytics.v6_product_performance enable row level security;
alter table analytics.v6_product_performance force row level security;
create policy tenant on analytics.v6_product_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
