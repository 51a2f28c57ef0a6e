-- First answers to requests that carry an Idempotency-Key, for 24 hours.
create table {schema}.idempotency_key (
    tenant_id uuid not null,
    account_id uuid not null,
    key text not null,
    request_hash bytea not null,
    -- null while the first request runs
    status int,
    media_type text,
    body bytea, -- sealed: only the same request can open it (common/http/idempotency.py)
    created_at timestamptz not null default now(),
    primary key (tenant_id, account_id, key)
);

create index idempotency_key_created on {schema}.idempotency_key (created_at);

alter table {schema}.idempotency_key enable row level security;
alter table {schema}.idempotency_key force row level security;
create policy tenant on {schema}.idempotency_key
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
