-- Ad accounts, by whose clock a platform's days begin. An account that only files report has no row: its time zone is
-- not known.
create table data.ad_account (
    tenant_id uuid not null,
    platform text not null,
    account_id text not null, -- as in data.ad_performance
    time_zone text not null, -- IANA
    updated_at timestamptz not null default now(),
    primary key (tenant_id, platform, account_id)
);

alter table data.ad_account enable row level security;
alter table data.ad_account force row level security;
create policy tenant on data.ad_account
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
