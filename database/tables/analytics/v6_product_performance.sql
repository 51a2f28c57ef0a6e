-- Leads of whole months by platform and product; leads without a product are in no row. Long ranges are read from here,
-- and from fact_leads at their edges.
create table analytics.v6_product_performance (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    product_key uuid not null, -- identifies the next two: a name may be too long for an index
    product_id text, -- null: leads named none; then the name distinguishes them
    product_name text, -- the last in the alphabet of those given; null: none was
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, product_key)
);

alter table analytics.v6_product_performance enable row level security;
alter table analytics.v6_product_performance force row level security;
create policy tenant on analytics.v6_product_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
