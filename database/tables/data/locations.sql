-- The company's branches.
create table data.locations (
    tenant_id uuid not null,
    location_id text not null,
    location_name text not null,
    city text,
    state text,
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, location_id)
);

alter table data.locations enable row level security;
alter table data.locations force row level security;
create policy tenant on data.locations
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
