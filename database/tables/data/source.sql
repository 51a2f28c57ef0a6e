-- A connected account: what it is, its state, and when it is read next.
create table data.source (
    tenant_id uuid not null,
    source_id uuid not null default gen_random_uuid(),
    kind text not null check (kind in ('ga4', 'meta_ads', 'woocommerce', 'measurement_protocol')),
    name text not null check (btrim(name) <> ''),
    config jsonb not null default '{}', -- by kind: domain/syncs/source_settings.py
    secrets_sealed text, -- one sealed JSON object, opened only to call the vendor; never answered
    status text not null default 'active' check (status in ('active', 'degraded', 'needs_attention', 'paused')),
    reason text not null default '', -- in plain words, why it is not active
    failures integer not null default 0, -- attempts in a row without an answer from the vendor
    last_sync_at timestamptz, -- the last one that read all that it set out to
    next_sync_at timestamptz, -- null: nothing is planned
    window_read_on date, -- the tenant's day on which the days that the vendor restates were last read
    sync_job_id uuid, -- the sync that is queued or at work: one at a time
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, source_id)
);

-- A webhook's address names only the source.
create index source_of_webhook on data.source (source_id);
create index source_due on data.source (next_sync_at) where next_sync_at is not null;

alter table data.source enable row level security;
alter table data.source force row level security;
create policy tenant on data.source
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
