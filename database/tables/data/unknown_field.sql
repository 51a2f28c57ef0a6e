-- Fields that a vendor began to send and that are not known here: reported once, and kept raw by rows that have a place
-- for them.
create table data.unknown_field (
    tenant_id uuid not null,
    source_id uuid not null,
    stream text not null,
    field text not null, -- its path, dots between names
    first_seen_at timestamptz not null default now(),
    primary key (tenant_id, source_id, stream, field)
);

alter table data.unknown_field enable row level security;
alter table data.unknown_field force row level security;
create policy tenant on data.unknown_field
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.unknown_field add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
