-- Events whose effect has been committed, so that a second delivery changes nothing.
create table {schema}.inbox (
    tenant_id uuid not null,
    consumer text not null,
    event_id uuid not null,
    handled_at timestamptz not null default now(),
    primary key (tenant_id, consumer, event_id)
);

create index inbox_handled on {schema}.inbox (handled_at);

alter table {schema}.inbox enable row level security;
alter table {schema}.inbox force row level security;
create policy tenant on {schema}.inbox
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
