-- Raw rows -----------------------------------------------------------------------------------------------------------

-- The leads of a day are reckoned together.
create index lead_day on data.lead (tenant_id, created_day);

-- Whose turn it is to write a tenant's leads and contracts: a writer locks the row until its commit
-- (data.take_lead_turn), so that the day that a lead was on before is the one that stood before this write. Nobody takes
-- it together with data.ad_turn.
create table data.lead_turn (
    tenant_id uuid not null primary key
);

alter table data.lead_turn enable row level security;
alter table data.lead_turn force row level security;
create policy tenant on data.lead_turn
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Rates --------------------------------------------------------------------------------------------------------------

-- Channels of sessions -----------------------------------------------------------------------------------------------

-- Marketing facts ----------------------------------------------------------------------------------------------------

alter table analytics.dirty_key
    add column lead_day date,
    add column lead_id text,
    add column ad_day date,
    add column campaigns boolean;

-- Campaigns that ads were told of or that somebody made by hand, each once, by whichever ids and names it was told
-- (decision 0034). Made anew from data.campaign and analytics.campaign_month.
create table analytics.campaign (
    tenant_id uuid not null,
    platform text not null,
    campaign_ref text not null, -- 'account/id' in lower case; of one made by hand '/name'
    account_id text not null, -- '': none is known
    external_id text, -- the platform's own id; null: made by hand
    name text not null, -- what it is called now
    primary key (tenant_id, platform, campaign_ref)
);

alter table analytics.campaign enable row level security;
alter table analytics.campaign force row level security;
create policy tenant on analytics.campaign
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- By which words campaigns are meant: 'id' by leads (utm_id; its own, its ad sets' and its ads'), 'name' by leads
-- (utm_campaign; what it is and was called), 'key' by rows of ads ('account/id', as they were told).
create table analytics.campaign_word (
    tenant_id uuid not null,
    word_id uuid not null, -- of the next three columns: a word may be too long for an index
    platform text not null,
    kind text not null check (kind in ('id', 'name', 'key')),
    word text not null, -- in lower case
    campaign_ref text not null,
    primary key (tenant_id, word_id)
);

alter table analytics.campaign_word enable row level security;
alter table analytics.campaign_word force row level security;
create policy tenant on analytics.campaign_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What campaigns were called in the rows of a month's ads, as these were told.
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
    last_day date not null,
    primary key (tenant_id, month, platform, account_id, campaign_key)
);

alter table analytics.campaign_month enable row level security;
alter table analytics.campaign_month force row level security;
create policy tenant on analytics.campaign_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- How many leads of a day are alike in all that marketing tells leads apart by, and what they brought. Days are those on
-- which leads were created (the cohort), in every marketing figure.
create table analytics.fact_leads (
    tenant_id uuid not null,
    day date not null,
    fact_id uuid not null, -- of the columns down to is_paid: a text may be too long for an index
    platform text not null,
    channel text not null,
    utm_source text not null, -- this and the next two in lower case; '': absent
    utm_campaign text not null,
    utm_id text not null,
    is_paid boolean not null,
    campaign_ref text not null, -- analytics.campaign, of the platform; '': of no campaign
    leads bigint not null,
    contracts bigint not null, -- signed ones
    revenue numeric not null, -- exact, of what has a rate
    primary key (tenant_id, day, fact_id)
);

alter table analytics.fact_leads enable row level security;
alter table analytics.fact_leads force row level security;
create policy tenant on analytics.fact_leads
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- analytics.fact_leads summed over whole months, without campaigns: long ranges are read from months and single days.
create table analytics.fact_leads_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    fact_id uuid not null, -- of the columns down to is_paid
    platform text not null,
    channel text not null,
    utm_source text not null,
    is_paid boolean not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, fact_id)
);

alter table analytics.fact_leads_month enable row level security;
alter table analytics.fact_leads_month force row level security;
create policy tenant on analytics.fact_leads_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Leads by hour of the tenant's clock and channel, of those whose time of day is known.
create table analytics.lead_hour (
    tenant_id uuid not null,
    hour timestamptz not null, -- its first instant: a day of a clock change has 23 or 25
    channel text not null,
    day date not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, hour, channel)
);

create index lead_hour_day on analytics.lead_hour (tenant_id, day);

alter table analytics.lead_hour enable row level security;
alter table analytics.lead_hour force row level security;
create policy tenant on analytics.lead_hour
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What a campaign had on a day, and what its leads of that day brought. campaign_ref '': what belongs to no campaign.
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
    claimed_conversions numeric not null, -- what the platform says of itself
    claimed_revenue numeric not null,
    primary key (tenant_id, day, platform, campaign_ref)
);

alter table analytics.v6_campaign_roi_daily enable row level security;
alter table analytics.v6_campaign_roi_daily force row level security;
create policy tenant on analytics.v6_campaign_roi_daily
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- analytics.v6_campaign_roi_daily summed over whole months.
create table analytics.v6_campaign_roi_monthly (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    campaign_ref text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    spend numeric not null, -- this and revenue exact, in the tenant's currency, of what has a rate
    impressions bigint not null,
    clicks bigint not null,
    claimed_conversions numeric not null, -- what the platform says of itself
    claimed_revenue numeric not null,
    primary key (tenant_id, month, platform, campaign_ref)
);

alter table analytics.v6_campaign_roi_monthly enable row level security;
alter table analytics.v6_campaign_roi_monthly force row level security;
create policy tenant on analytics.v6_campaign_roi_monthly
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A tenant's day by platform: what the figures of a range are sums of.
create table analytics.platform_day (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    paid_leads bigint not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    spend numeric not null, -- this and revenue exact, in the tenant's currency, of what has a rate
    impressions bigint not null,
    clicks bigint not null,
    claimed_conversions numeric not null, -- what the platform says of itself
    claimed_revenue numeric not null,
    primary key (tenant_id, day, platform)
);

alter table analytics.platform_day enable row level security;
alter table analytics.platform_day force row level security;
create policy tenant on analytics.platform_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Leads of a day by platform and product. Those that name no product are in no row.
create table analytics.v6_product_performance (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    product_key uuid not null, -- of the next two: a name may be too long for an index
    product_id text, -- null: leads named none; then they are told apart by the name
    product_name text, -- as the last of these leads named it; null: none did
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, platform, product_key)
);

alter table analytics.v6_product_performance enable row level security;
alter table analytics.v6_product_performance force row level security;
create policy tenant on analytics.v6_product_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- analytics.v6_product_performance summed over whole months.
create table analytics.v6_product_performance_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    product_key uuid not null, -- of the next two: a name may be too long for an index
    product_id text, -- null: leads named none; then they are told apart by the name
    product_name text, -- as the last of these leads named it; null: none did
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, product_key)
);

alter table analytics.v6_product_performance_month enable row level security;
alter table analytics.v6_product_performance_month force row level security;
create policy tenant on analytics.v6_product_performance_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Leads of a day by platform and branch. Those that name no branch are in no row.
create table analytics.v6_branch_performance (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    location_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, platform, location_id)
);

alter table analytics.v6_branch_performance enable row level security;
alter table analytics.v6_branch_performance force row level security;
create policy tenant on analytics.v6_branch_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- analytics.v6_branch_performance summed over whole months.
create table analytics.v6_branch_performance_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    location_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, location_id)
);

alter table analytics.v6_branch_performance_month enable row level security;
alter table analytics.v6_branch_performance_month force row level security;
create policy tenant on analytics.v6_branch_performance_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Money of a day's contracts and ads in currencies that have no rate on their day: no sum includes it.
create table analytics.unconverted_day (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    side text not null check (side in ('contracts', 'ads')),
    currency text not null,
    rows bigint not null,
    amount numeric not null,
    primary key (tenant_id, day, platform, side, currency)
);

alter table analytics.unconverted_day enable row level security;
alter table analytics.unconverted_day force row level security;
create policy tenant on analytics.unconverted_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Which platform a lead's utm_source means, by name. For all tenants; more are added by who runs the system.
create table analytics.platform_source (
    source text primary key, -- in lower case
    platform text not null
);

-- Which platform a lead comes from whose only trace is the page that linked: its host, or any below it.
create table analytics.platform_host (
    host text primary key,
    platform text not null
);

-- The utm_medium of leads that were paid for.
create table analytics.paid_medium (
    medium text primary key -- in lower case
);

-- Recovery -----------------------------------------------------------------------------------------------------------

-- Search -------------------------------------------------------------------------------------------------------------

-- Erasure ------------------------------------------------------------------------------------------------------------

