-- What a vendor allows per hour or day, and what is left of it: all workers of a tenant spend from the same rows.
create table data.quota_window (
    tenant_id uuid not null,
    account text not null, -- whose allowance: 'ga4:<property>'
    span text not null check (span in ('hour', 'project_hour', 'day')),
    began_at timestamptz not null,
    spent bigint not null default 0, -- by us, according to the answers
    reserved bigint not null default 0, -- by calls in progress; what a crash leaves here ends with the window
    remaining bigint, -- according to the last answer; null: no answer yet
    ceiling bigint, -- the most that was ever left plus what a call took: the allowance; null: not known yet
    calls bigint not null default 0,
    dearest bigint not null default 0, -- the most one report took: in the window before, until this one has an answer
    told_at timestamptz,
    primary key (tenant_id, account, span, began_at)
);

alter table data.quota_window enable row level security;
alter table data.quota_window force row level security;
create policy tenant on data.quota_window
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
