-- Events that a consumer could not handle, with why; kept until replayed or dropped.
create table {schema}.dead_letter (
    tenant_id uuid not null,
    dead_letter_id uuid not null default gen_random_uuid(),
    consumer text not null,
    event_id uuid not null,
    event_type text not null,
    payload jsonb not null,
    cause text not null,
    deliveries int not null,
    failed_at timestamptz not null default now(),
    primary key (tenant_id, dead_letter_id),
    unique (tenant_id, consumer, event_id)
);

alter table {schema}.dead_letter enable row level security;
alter table {schema}.dead_letter force row level security;
create policy tenant on {schema}.dead_letter
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
