-- Upkeep of marketing's tables.
drop index analytics.v6_campaign_roi_daily_campaign;
drop index analytics.lead_hour_day;
alter table analytics.v6_campaign_roi_daily set (fillfactor = 50);
alter table analytics.platform_day set (fillfactor = 50);

-- How long figures and events are kept -------------------------------------------------------------------------------

-- Nobody has said anything yet: everything is kept.
alter table auth.tenant add column retention jsonb not null default '{}';
alter table analytics.rollup_state add column hours_from date, add column days_from date;

-- Months of a table of days that left by age, each in a Parquet file of the file store that was read back before they did.
create table analytics.retained_export (
    tenant_id uuid not null,
    export_id uuid not null default gen_random_uuid(),
    table_name text not null,
    month date not null, -- its first day
    file_name text not null,
    rows bigint not null,
    bytes bigint not null,
    sums jsonb not null, -- {column: its sum as text}, as the database and the file have it
    written_at timestamptz not null default now(),
    primary key (tenant_id, export_id),
    unique (tenant_id, table_name, month)
);

alter table analytics.retained_export enable row level security;
alter table analytics.retained_export force row level security;
create policy tenant on analytics.retained_export
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Tenants whose events leave by age, or did. Analytics makes nothing of events anew that lie before events_from.
create table data.retention (
    tenant_id uuid not null primary key,
    due_at timestamptz, -- when events past their age are looked for next; null: they stay
    events_from date, -- the first day whose events are kept, the first of a month; null: none have left
    events_since timestamptz -- when that day began
);

alter table data.retention enable row level security;
alter table data.retention force row level security;
create policy tenant on data.retention
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
