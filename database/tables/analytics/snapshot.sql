-- A day's, week's or month's figures as they were when somebody saved them; one row per kind and first day.
create table analytics.snapshot (
    tenant_id uuid not null,
    snapshot_id uuid not null default gen_random_uuid(),
    type text not null check (type in ('daily', 'weekly', 'monthly')),
    day date not null, -- the first of its period
    metrics jsonb not null,
    saved_by text not null,
    saved_at timestamptz not null default now(),
    primary key (tenant_id, snapshot_id),
    unique (tenant_id, type, day)
);

alter table analytics.snapshot enable row level security;
alter table analytics.snapshot force row level security;
create policy tenant on analytics.snapshot
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
