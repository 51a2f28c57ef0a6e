-- Refund events that name a transaction. amount: in its currency, never negative; null: none was given, so the rest of
-- the order was refunded.
create table analytics.refund (
    tenant_id uuid not null,
    event_ts timestamptz not null,
    event_id uuid not null,
    user_pseudo_id text not null, -- '': absent
    user_id text,
    transaction_id text not null,
    amount numeric,
    currency text, -- in capitals; null: the order's
    primary key (tenant_id, event_ts, event_id)
);

create index refund_device on analytics.refund (tenant_id, user_pseudo_id, event_ts);
create index refund_transaction on analytics.refund (tenant_id, transaction_id);

alter table analytics.refund enable row level security;
alter table analytics.refund force row level security;
create policy tenant on analytics.refund
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
