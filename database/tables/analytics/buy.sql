-- Every purchase row, repeated ones too, for recovery and conversion.
create table analytics.buy (
    tenant_id uuid not null,
    event_ts timestamptz not null,
    event_id uuid not null,
    user_pseudo_id text not null, -- '': absent
    user_id text,
    u text,
    transaction_id text not null,
    primary key (tenant_id, event_ts, event_id)
);

create index buy_u on analytics.buy (tenant_id, u, event_ts);
create index buy_device on analytics.buy (tenant_id, user_pseudo_id, event_ts);
create index buy_transaction on analytics.buy (tenant_id, transaction_id, event_ts, event_id);

alter table analytics.buy enable row level security;
alter table analytics.buy force row level security;
create policy tenant on analytics.buy
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
