-- What a campaign had on a day, and what its leads of that day brought. campaign_ref '': without a campaign.
create table analytics.v6_campaign_roi_daily (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    campaign_ref text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    spend numeric not null, -- this and revenue exact, in the tenant's currency, of what has a rate
    impressions bigint not null,
    clicks bigint not null,
    claimed_conversions numeric not null, -- the platform's own claim
    claimed_revenue numeric not null,
    -- A channel's days of spend are read a campaign at a time, from this index alone: a campaign's days are all on
    -- different pages.
    primary key (tenant_id, platform, campaign_ref, day) include (spend)
)
-- Ads and leads come at different times, and ads are restated: half of a page is kept free for new versions of rows, so
-- that no index is updated as long as the spend stays the same.
with (fillfactor = 50);

-- All else is read, and kept, by day: short keys, since each campaign's day is in both indexes.
create index v6_campaign_roi_daily_day on analytics.v6_campaign_roi_daily (tenant_id, day);

alter table analytics.v6_campaign_roi_daily enable row level security;
alter table analytics.v6_campaign_roi_daily force row level security;
-- (A sub-select is evaluated once a statement: one writes tens of thousands of these rows.)
create policy tenant on analytics.v6_campaign_roi_daily
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
    with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
