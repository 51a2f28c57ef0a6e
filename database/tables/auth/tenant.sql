-- Companies. Only the auth service writes rows; every service reads its own tenant's.
create table auth.tenant (
    tenant_id uuid not null primary key default gen_random_uuid(),
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    time_zone text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    country text check (country ~ '^[A-Z]{2}$'),
    week_start text not null default 'monday' check (
        week_start in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')
    ),
    plan text not null default 'enterprise' check (plan in ('free', 'premium', 'enterprise')),
    -- {"property_id": text or null, "location_source": text or null}
    google_analytics_config jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    -- {"hourly_days", "daily_days", "event_days"}: after how many days what is removed; null or not named: it is kept
    retention jsonb not null default '{}'
);

alter table auth.tenant enable row level security;
alter table auth.tenant force row level security;
create policy tenant on auth.tenant
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
