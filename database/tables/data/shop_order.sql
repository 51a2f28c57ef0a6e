-- Orders of a shop as it last reported them: the newer modification wins. A paid order is also a row of data.purchase
-- (road 5), whose key is stored here.
create table data.shop_order (
    tenant_id uuid not null,
    source_id uuid not null,
    order_id text not null, -- the shop's own
    number text not null, -- the number that its people and customers use
    transaction_id text not null, -- as the shop's GA4 tag sends it: the same order there is the same transaction
    status text not null, -- as the shop reports it; 'deleted': it is gone for good
    currency text,
    total numeric not null,
    total_tax numeric not null,
    shipping_total numeric not null,
    discount_total numeric not null,
    customer_id text, -- null: a guest
    email_hash bytea, -- SHA-256 of the billing address, trimmed and in lower case; the address itself is in data.users
    user_id text, -- whose order it is: data.users
    created_at timestamptz not null,
    modified_at timestamptz not null,
    paid_at timestamptz,
    lines jsonb not null,
    extra jsonb not null, -- the rest of the order, without addresses and what would give a stranger access to it
    purchase_ts timestamptz, -- the key of its row in data.purchase; null: it has none
    purchase_id uuid,
    purchase_digest bytea, -- of that row: an unchanged one need not be written again
    -- Of the settings that it was read by (8 bytes), and of everything that the shop reported: an unchanged report need
    -- not be read again. Null: something of it must still be requested, or it is deleted.
    told_digest bytea,
    asked_alone_at timestamptz, -- when the shop was asked for it alone, because no list contained it; null: one does
    primary key (tenant_id, source_id, order_id)
);

-- To find the order of a purchase that the shop's tag reports.
create index shop_order_transaction on data.shop_order (tenant_id, transaction_id);
-- To assign orders once a user is known to have their address.
create index shop_order_email on data.shop_order (tenant_id, email_hash) where email_hash is not null;
-- The orders of some days, to see which of them the shop no longer has.
create index shop_order_created on data.shop_order (tenant_id, source_id, created_at);
-- What is retried at night.
create index shop_order_unfinished on data.shop_order (tenant_id, source_id, order_id)
where told_digest is null and status <> 'deleted';

alter table data.shop_order enable row level security;
alter table data.shop_order force row level security;
create policy tenant on data.shop_order
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.shop_order add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
