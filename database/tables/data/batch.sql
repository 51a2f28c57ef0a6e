-- Rows that were committed together. refreshed_at is set when analytics' answers include them.
create table data.batch (
    tenant_id uuid not null,
    batch_id uuid not null,
    job_id uuid, -- null: posted, not by a job
    rows integer not null, -- to see what the answers do not include yet
    recorded_at timestamptz not null default now(),
    refreshed_at timestamptz,
    primary key (tenant_id, batch_id)
);

create index batch_unrefreshed on data.batch (tenant_id, recorded_at) where refreshed_at is null;

alter table data.batch enable row level security;
alter table data.batch force row level security;
create policy tenant on data.batch
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
