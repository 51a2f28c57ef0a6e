-- An uploaded file and the progress of its job, committed with each chunk's rows, so that after a crash it resumes
-- exactly there.
create table data.import_file (
    tenant_id uuid not null,
    job_id uuid not null,
    kind text not null,
    name text not null, -- as the client named it
    path text not null, -- in the file store
    form text not null check (form in ('text', 'parquet')), -- judged by content; compression apart
    is_gzip boolean not null,
    bytes bigint not null,
    columns text[], -- a CSV's header, for the rejects' file
    lines_done bigint not null default 0, -- for campaign-performance also its campaign-days, after the lines
    bytes_done bigint not null default 0,
    counts jsonb not null default '{}', -- new rows by table, duplicates, rejected
    is_read boolean not null default false, -- every line is stored
    problem text, -- why reading stopped before the end
    options jsonb not null default '{}', -- what was chosen with the upload: domain/csv_files/options.py
    plan jsonb, -- how a CSV is read, decided once from the whole of it: domain/csv_files/plan.py
    primary key (tenant_id, job_id)
);

alter table data.import_file enable row level security;
alter table data.import_file force row level security;
create policy tenant on data.import_file
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
