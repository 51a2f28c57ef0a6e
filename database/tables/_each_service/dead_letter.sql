-- Events that a consumer could not handle, with the reason; kept until replayed or dropped.
create table {schema}.dead_letter (
    tenant_id uuid not null,
    dead_letter_id uuid not null default gen_random_uuid(),
    consumer text not null,
    event_id uuid not null,
    event_type text not null,
    -- the event's envelope, so that a replay passes on the same event
    occurred_at timestamptz not null default now(),
    request_id text not null default '',
    trace_id text not null default '',
    payload jsonb not null,
    cause text not null,
    deliveries int not null, -- how often it was tried, replays included
    first_failed_at timestamptz not null default now(),
    failed_at timestamptz not null default now(),
    primary key (tenant_id, dead_letter_id),
    unique (tenant_id, consumer, event_id)
);

create index dead_letter_first_failed on {schema}.dead_letter (tenant_id, first_failed_at);

alter table {schema}.dead_letter enable row level security;
alter table {schema}.dead_letter force row level security;
create policy tenant on {schema}.dead_letter
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
