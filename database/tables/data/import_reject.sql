-- Lines of a file that were rejected, with the reason in plain words.
create table data.import_reject (
    tenant_id uuid not null,
    job_id uuid not null,
    line bigint not null, -- from 1, as editors count
    reason text not null,
    original text[] not null, -- the line's columns (a JSON line is one), cut to a bounded length
    primary key (tenant_id, job_id, line)
);

alter table data.import_reject enable row level security;
alter table data.import_reject force row level security;
create policy tenant on data.import_reject
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.import_reject add foreign key (tenant_id, job_id)
    references data.import_file (tenant_id, job_id) on delete cascade;
