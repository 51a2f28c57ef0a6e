-- What the company sells.
create table data.product (
    tenant_id uuid not null,
    product_id text not null,
    product_name text not null,
    category text,
    price numeric, -- in the tenant's currency
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, product_id)
);

alter table data.product enable row level security;
alter table data.product force row level security;
create policy tenant on data.product
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
