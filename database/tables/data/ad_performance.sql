-- What a campaign had on a day, as its platform reports it now; earlier reports are in ad_performance_history.
create table data.ad_performance (
    tenant_id uuid not null,
    platform text not null, -- 'meta', 'google', 'shopee', … (definitions.md)
    account_id text not null, -- '' if a file names none
    campaign_id text not null,
    day date not null, -- of the ad account's own zone, as the platform reports
    campaign_name text not null,
    -- stored, because no query under the policy uses an index on lower(): the function might reveal hidden rows
    campaign_key text not null generated always as (lower(campaign_id)) stored,
    impressions bigint not null default 0,
    clicks bigint not null default 0,
    spend numeric not null default 0,
    conversions numeric not null default 0, -- the platform's own claim
    revenue numeric not null default 0, -- likewise
    currency text, -- null: the tenant's
    extra jsonb, -- what else the platform reports
    source_id uuid, -- null: from a file
    first_seen_at timestamptz not null default now(),
    restated_at timestamptz, -- when its figures last changed
    primary key (tenant_id, platform, account_id, campaign_id, day)
);

create index ad_performance_day on data.ad_performance (tenant_id, day);
-- A campaign's days, also under the name that a file has for its id.
create index ad_performance_campaign on data.ad_performance (tenant_id, platform, campaign_key, day);

alter table data.ad_performance enable row level security;
alter table data.ad_performance force row level security;
create policy tenant on data.ad_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
