-- What a platform reported of a campaign's day before it restated it.
create table data.ad_performance_history (
    tenant_id uuid not null,
    platform text not null,
    account_id text not null,
    campaign_id text not null,
    day date not null,
    replaced_at timestamptz not null,
    said jsonb not null, -- the row as it was
    primary key (tenant_id, platform, account_id, campaign_id, day, replaced_at)
);

alter table data.ad_performance_history enable row level security;
alter table data.ad_performance_history force row level security;
create policy tenant on data.ad_performance_history
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
