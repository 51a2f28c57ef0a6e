-- What a vendor says about its own figures of a day: they are sampled, parts are withheld, small rows are grouped.
create table data.quality_flag (
    tenant_id uuid not null,
    source_id uuid not null,
    stream text not null,
    day date not null, -- of the tenant
    flag text not null, -- 'sampled', 'thresholded', 'other_row', …
    detail jsonb not null default '{}',
    noted_at timestamptz not null default now(),
    primary key (tenant_id, source_id, stream, day, flag)
);

alter table data.quality_flag enable row level security;
alter table data.quality_flag force row level security;
create policy tenant on data.quality_flag
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.quality_flag add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
