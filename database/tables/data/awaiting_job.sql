-- Jobs that have done their part and complete when analytics' answers include every batch up to `since`.
create table data.awaiting_job (
    tenant_id uuid not null,
    job_id uuid not null,
    since timestamptz not null,
    primary key (tenant_id, job_id)
);

alter table data.awaiting_job enable row level security;
alter table data.awaiting_job force row level security;
create policy tenant on data.awaiting_job
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
