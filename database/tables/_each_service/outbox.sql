-- Events, committed together with the change they announce; the relay publishes them.
create table {schema}.outbox (
    tenant_id uuid not null,
    event_id uuid not null default gen_random_uuid(),
    event_type text not null,
    payload jsonb not null,
    request_id text not null default '',
    trace_id text not null default '',
    occurred_at timestamptz not null default now(),
    published_at timestamptz,
    -- why the bus will never accept it; such an event waits for an operator and holds up no others
    refused text,
    primary key (tenant_id, event_id)
);

-- Few rows wait; the many published ones are read only after the bus was lost.
create index outbox_waiting on {schema}.outbox (occurred_at) where published_at is null and refused is null;
create index outbox_published on {schema}.outbox (published_at) where published_at is not null;

alter table {schema}.outbox enable row level security;
alter table {schema}.outbox force row level security;
create policy tenant on {schema}.outbox
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
