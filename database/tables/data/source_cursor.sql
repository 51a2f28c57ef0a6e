-- How far each stream of a source has been read: the vendor's own mark, moved only with the rows it stands for.
create table data.source_cursor (
    tenant_id uuid not null,
    source_id uuid not null,
    stream text not null, -- 'orders', 'insights', …
    position jsonb not null,
    moved_at timestamptz not null default now(),
    primary key (tenant_id, source_id, stream)
);

alter table data.source_cursor enable row level security;
alter table data.source_cursor force row level security;
create policy tenant on data.source_cursor
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.source_cursor add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
