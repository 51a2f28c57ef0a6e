-- How a tenant wants its reports; a tenant without a row has the defaults.
create table email.report_setting (
    tenant_id uuid not null primary key,
    hold_out_pct smallint not null default 0 check (hold_out_pct between 0 and 50), -- of customers, left out of emails
    updated_by uuid,
    updated_at timestamptz not null default now()
);

alter table email.report_setting enable row level security;
alter table email.report_setting force row level security;
create policy tenant on email.report_setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
