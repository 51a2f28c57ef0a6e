-- The names that campaigns had in the rows of a month's ads.
create table analytics.campaign_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    account_id text not null,
    campaign_key text not null,
    campaign_id text not null,
    name text not null, -- of the last day
    names text[] not null, -- in lower case, each once, in order
    first_day date not null,
    primary key (tenant_id, month, platform, account_id, campaign_key)
);

alter table analytics.campaign_month enable row level security;
alter table analytics.campaign_month force row level security;
create policy tenant on analytics.campaign_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
