-- What a vendor allows per hour or day, and what is left of it: all workers of a tenant spend from the same rows.
create table data.quota_window (
    tenant_id uuid not null,
    account text not null, -- whose allowance: 'ga4:<property>'
    span text not null check (span in ('hour', 'project_hour', 'day')),
    began_at timestamptz not null,
    spent bigint not null default 0, -- by us, as the answers said
    reserved bigint not null default 0, -- by calls under way; what a crash leaves here ends with the window
    remaining bigint, -- as the last answer said; null: none came yet
    ceiling bigint, -- the most that was ever left with what a call took: the allowance; null: not known yet
    calls bigint not null default 0,
    dearest bigint not null default 0, -- the most that one report took, in the window before until one is answered in this
    told_at timestamptz,
    primary key (tenant_id, account, span, began_at)
);

alter table data.quota_window enable row level security;
alter table data.quota_window force row level security;
create policy tenant on data.quota_window
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
