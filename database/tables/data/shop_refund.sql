-- What was refunded for an order. A refunded order stays a purchase.
create table data.shop_refund (
    tenant_id uuid not null,
    source_id uuid not null,
    order_id text not null,
    refund_id text not null,
    amount numeric not null, -- in the order's currency, positive
    reason text,
    created_at timestamptz not null,
    lines jsonb not null,
    extra jsonb not null, -- fields of the shop that are not known here
    primary key (tenant_id, source_id, order_id, refund_id)
);

alter table data.shop_refund enable row level security;
alter table data.shop_refund force row level security;
create policy tenant on data.shop_refund
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.shop_refund add foreign key (tenant_id, source_id, order_id)
    references data.shop_order (tenant_id, source_id, order_id) on delete cascade;
