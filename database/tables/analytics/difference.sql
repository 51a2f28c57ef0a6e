-- Rows of aggregates that a check found to differ from what the raw rows give. Both versions as text, '' if there is no
-- row.
create table analytics.difference (
    tenant_id uuid not null,
    difference_id bigint generated always as identity,
    job_id uuid not null, -- the check that found it
    found_at timestamptz not null default now(),
    table_name text not null,
    row_key text not null,
    kept text not null,
    counted text not null,
    primary key (tenant_id, difference_id)
);

create index difference_job on analytics.difference (tenant_id, job_id);

alter table analytics.difference enable row level security;
alter table analytics.difference force row level security;
create policy tenant on analytics.difference
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
