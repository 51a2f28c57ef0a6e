-- What a company declares about its days, beforehand or afterwards, so that its effects surprise nobody.
create table insights.declared_event (
    tenant_id uuid not null,
    event_id uuid not null default gen_random_uuid(),
    name text not null,
    kind text not null check (kind in ('sale', 'outage', 'other')),
    first_day date not null,
    last_day date not null,
    channel text, -- null: all
    location_id text, -- null: the company
    created_by uuid,
    created_at timestamptz not null default now(),
    primary key (tenant_id, event_id),
    check (first_day <= last_day)
);

alter table insights.declared_event enable row level security;
alter table insights.declared_event force row level security;
create policy tenant on insights.declared_event
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
