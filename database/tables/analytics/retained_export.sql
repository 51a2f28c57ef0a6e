-- Months of a table of days that were removed by age. Each is in a Parquet file of the file store, which was read back
-- before they were removed.
create table analytics.retained_export (
    tenant_id uuid not null,
    export_id uuid not null default gen_random_uuid(),
    table_name text not null,
    month date not null, -- its first day
    file_name text not null,
    rows bigint not null,
    bytes bigint not null,
    sums jsonb not null, -- {column: its sum as text}, as in the database and in the file
    written_at timestamptz not null default now(),
    primary key (tenant_id, export_id),
    unique (tenant_id, table_name, month)
);

alter table analytics.retained_export enable row level security;
alter table analytics.retained_export force row level security;
create policy tenant on analytics.retained_export
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
