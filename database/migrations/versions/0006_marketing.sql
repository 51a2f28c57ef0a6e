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

-- What one unit of a currency was worth on a day, in units of base. Rates of another base than the tenant's currency of
-- today count for nothing: after a change of currency no sum is made with those of the former one.
-- filled_from: the earlier day whose rate was carried forward to this one, as its import was told to; null: the day's own.
create table data.fx_rate (
    tenant_id uuid not null,
    base text not null check (base ~ '^[A-Z]{3}$'),
    currency text not null check (currency ~ '^[A-Z]{3}$' and currency <> base),
    day date not null,
    rate numeric not null check (rate > 0 and rate < 1e15), -- (NaN is greater than any number)
    filled_from date check (filled_from < day),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, base, currency, day)
);

alter table data.fx_rate enable row level security;
alter table data.fx_rate force row level security;
create policy tenant on data.fx_rate
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table analytics.dirty_key add column rate_days date[], add column rate_currencies text[];

-- What was or could not be converted, and what other rates have computed anew.
alter table analytics.sale add column rate numeric;
create index sale_foreign on analytics.sale (tenant_id, day) where (rate is not null or value is null);
alter table analytics.open_cart add column rates jsonb;
create index open_cart_foreign on analytics.open_cart (tenant_id, day)
    where (rates is not null or foreign_amounts is not null);

-- Channels of sessions -----------------------------------------------------------------------------------------------

-- What kind of site a traffic source is, as GA4 lists them. One list for every tenant: the tables channel_source and
-- channel_rule hold nobody's data. Shipped rows are put in by database/reference, again with every upgrade; the operator's
-- own stay, and win over a shipped one of the same source.
create table analytics.channel_source (
    source text primary key, -- lower case, as utm_source or the referring host tells it
    category text check (category in ('search', 'social', 'shopping', 'video')), -- null: none, whatever was shipped
    is_own boolean not null default true, -- the operator's: no upgrade touches it
    check (source = lower(source))
);

-- Which channel a visit came by. The first rule whose matchers all hold decides; a matcher that is null holds always.
-- Patterns are regular expressions over the lower-cased source, medium and campaign. An absent source or medium reads
-- '(not set)' and '(none)', and where nothing at all is known of a visit its source reads '(direct)'.
create table analytics.channel_rule (
    position integer primary key, -- shipped ones are a hundred apart, so that the operator's own find a place between
    channel text not null check (channel ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), -- the slug of GA4's default channel group
    source_category text, -- of channel_source
    source_pattern text,
    medium_pattern text,
    campaign_pattern text,
    is_own boolean not null default true -- the operator's: no upgrade touches it
);

-- (every tenant's sessions are read anew at once, rollup_state.marketing_rules being null)
alter table analytics.session
    add column source text, add column medium text, add column campaign text,
    add column channel text not null default 'unassigned';
alter table analytics.session alter column channel drop default;
alter table analytics.sale add column session_id text;

create index channel_day_day on data.channel_day (tenant_id, day);

-- Visits by hour and channel, from sessions and sales alone. An hour is counted from the tenant's midnight, so that a day
-- is 23, 24 or 25 of them and none belongs to two days; where clocks differ from UTC by whole hours it is an hour of UTC.
-- Hours and channels without a visit or sale have no row.
create table analytics.traffic_hour (
    tenant_id uuid not null,
    hour timestamptz not null, -- its first instant
    channel text not null, -- as session has it; a sale outside of every session is 'unassigned'
    sessions bigint not null, -- whose first row lies in the hour
    bought_sessions bigint not null, -- of these, with a purchase at any time
    page_views bigint not null, -- of these sessions
    purchases bigint not null, -- transactions whose earliest row lies in the hour, by the channel of that row's session
    revenue numeric not null, -- of these; exact, in the tenant's currency, foreign ones by their day's rate where it has one
    primary key (tenant_id, hour, channel)
);

alter table analytics.traffic_hour enable row level security;
alter table analytics.traffic_hour force row level security;
create policy tenant on analytics.traffic_hour
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Visits by day and channel: the sum of the day's hours, in the same columns. Of a day on which not one session was seen
-- here, the sessions are those that data.channel_day tells, where it does (told_by_vendor, in every row of that day):
-- nothing is known then of what was bought or looked at in them.
create table analytics.traffic_day (
    tenant_id uuid not null,
    day date not null,
    channel text not null,
    sessions bigint not null,
    bought_sessions bigint not null,
    page_views bigint not null,
    purchases bigint not null,
    revenue numeric not null, -- exact, in the tenant's currency
    told_by_vendor boolean not null,
    primary key (tenant_id, day, channel)
);

alter table analytics.traffic_day enable row level security;
alter table analytics.traffic_day force row level security;
create policy tenant on analytics.traffic_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Visits by calendar month and channel: the sum of traffic_day's rows, a vendor's sessions too.
create table analytics.traffic_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    channel text not null,
    sessions bigint not null,
    bought_sessions bigint not null,
    page_views bigint not null,
    purchases bigint not null,
    revenue numeric not null, -- exact, in the tenant's currency
    vendor_days integer not null, -- days of the month whose sessions of this channel a vendor told
    primary key (tenant_id, month, channel)
);

alter table analytics.traffic_month enable row level security;
alter table analytics.traffic_month force row level security;
create policy tenant on analytics.traffic_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Marketing facts ----------------------------------------------------------------------------------------------------

alter table analytics.rollup_state add column marketing_rules text;

alter table analytics.dirty_key
    add column lead_days date[],
    add column lead_ids text[],
    add column ad_days date[],
    add column campaigns boolean,
    add column channel_days date[];

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

-- A lead as marketing tells it apart from others, and what it brought. Days are those on which leads were created (the
-- cohort), in every marketing figure.
create table analytics.fact_leads (
    tenant_id uuid not null,
    day date not null,
    lead_id text not null,
    hour timestamptz, -- the first instant of its hour by the tenant's clock; null: its time of day is not known
    platform text not null,
    channel text not null,
    utm_source text not null, -- this and the next two in lower case; '': absent
    utm_campaign text not null,
    utm_id text not null,
    is_paid boolean not null,
    campaign_ref text not null, -- analytics.campaign, of the platform; '': of no campaign
    product_id text,
    product_name text,
    location_id text,
    contracts integer not null, -- signed ones
    revenue numeric not null, -- theirs: exact, of what has a rate
    primary key (tenant_id, day, lead_id)
);

alter table analytics.fact_leads enable row level security;
alter table analytics.fact_leads force row level security;
create policy tenant on analytics.fact_leads
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Leads of whole months by where they came from: long ranges are read from months, and from fact_leads at their edges.
create table analytics.fact_leads_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    fact_id uuid not null, -- of the columns down to campaign_ref
    platform text not null,
    channel text not null,
    utm_source text not null,
    is_paid boolean not null,
    campaign_ref text not null, -- '': of no campaign
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

-- Leads by day and channel.
create table analytics.lead_channel_day (
    tenant_id uuid not null,
    day date not null,
    channel text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, day, channel)
);

alter table analytics.lead_channel_day enable row level security;
alter table analytics.lead_channel_day force row level security;
create policy tenant on analytics.lead_channel_day
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

-- Leads of whole months by platform and product; those that name no product are in no row. Long ranges are read from here, and
-- from fact_leads at their edges.
create table analytics.v6_product_performance (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    product_key uuid not null, -- of the next two: a name may be too long for an index
    product_id text, -- null: leads named none; then they are told apart by the name
    product_name text, -- the last in the alphabet of those given; null: none was
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, product_key)
);

alter table analytics.v6_product_performance enable row level security;
alter table analytics.v6_product_performance force row level security;
create policy tenant on analytics.v6_product_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Leads of whole months by platform and branch; those that name no branch are in no row. Long ranges are read from here, and
-- from fact_leads at their edges.
create table analytics.v6_branch_performance (
    tenant_id uuid not null,
    month date not null, -- its first day
    platform text not null,
    location_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, platform, location_id)
);

alter table analytics.v6_branch_performance enable row level security;
alter table analytics.v6_branch_performance force row level security;
create policy tenant on analytics.v6_branch_performance
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

-- Which platform a lead's utm_source means, by name. One list for every tenant, as channel_source.
create table analytics.platform_source (
    source text primary key, -- in lower case
    platform text not null,
    is_own boolean not null default true -- the operator's: no upgrade touches it
);

-- Which platform a host belongs to by its name: `google` is that of www.google.com and of google.co.uk.
create table analytics.platform_host (
    name text primary key,
    platform text not null,
    is_own boolean not null default true -- the operator's: no upgrade touches it
);

-- The utm_medium of leads that were paid for.
create table analytics.paid_medium (
    medium text primary key -- in lower case
);

-- How often a product was looked at, put in a cart and bought on a day, by whomever.
create table analytics.product_day (
    tenant_id uuid not null,
    day date not null,
    item_key uuid not null, -- of item_id: a text may be too long for an index
    item_id text not null, -- the name, where there is none
    item_name text, -- the last in the alphabet of those given
    views integer not null, -- rows of view_item that hold it
    add_to_carts integer not null, -- rows of add_to_cart, likewise
    purchases integer not null, -- transactions, likewise
    primary key (tenant_id, day, item_key)
);

alter table analytics.product_day enable row level security;
alter table analytics.product_day force row level security;
create policy tenant on analytics.product_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- analytics.product_day summed over whole months: long ranges are read from months and single days.
create table analytics.product_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    item_key uuid not null, -- of item_id
    item_id text not null,
    item_name text, -- the last in the alphabet of those given
    views integer not null,
    add_to_carts integer not null,
    purchases integer not null,
    primary key (tenant_id, month, item_key)
);

alter table analytics.product_month enable row level security;
alter table analytics.product_month force row level security;
create policy tenant on analytics.product_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Checks of aggregates ------------------------------------------------------------------------------------------------

alter table analytics.rollup_state add column check_due_at timestamptz;

-- Rows of aggregates that a check found to be other than what the raw rows make. Both as text, '' where there is no row.
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

-- Recovery -----------------------------------------------------------------------------------------------------------

-- What a report told, and whom it held out.
alter table email.delivery add column hold_out_pct smallint not null default 0;

alter table email.report_task
    add column user_pseudo_id text,
    add column user_id text,
    add column is_held_out boolean not null default false,
    add column is_first boolean not null default true,
    add check (is_held_out = (customer_no = 0));
create index report_task_follow_up on email.report_task (tenant_id, delivery_id)
    include (kind, task_key, is_held_out, user_pseudo_id, user_id, last_activity_at)
    where kind <> 'purchases' and is_first;
alter table email.report_task set (autovacuum_vacuum_insert_scale_factor = 0.02);

create table email.report_setting (
    tenant_id uuid not null primary key,
    hold_out_pct smallint not null default 0 check (hold_out_pct between 0 and 50),
    updated_by uuid,
    updated_at timestamptz not null default now()
);

alter table email.report_setting enable row level security;
alter table email.report_setting force row level security;
create policy tenant on email.report_setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- When a task was first worked, and whose it was then.
alter table analytics.task_status
    add column first_worked_at timestamptz,
    add column first_worked_by text,
    add column location_id text,
    add column user_pseudo_id text,
    add column user_id text,
    add column last_activity_at timestamptz;
create index task_status_first_worked on analytics.task_status (tenant_id, first_worked_at)
    include (kind, task_key, location_id, first_worked_by, user_id, user_pseudo_id, last_activity_at)
    where kind <> 'purchases';

-- What was worked and told so far is filled in as far as it is still known. (The owner stands behind the fence, too.)
alter table analytics.task_status no force row level security;
alter table analytics.open_cart no force row level security;
alter table analytics.session_search no force row level security;
alter table analytics.session no force row level security;
alter table email.report_task no force row level security;
alter table email.delivery no force row level security;
with origin as (
    select c.tenant_id, 'cart-abandonment' as kind, c.task_key, c.location_id, c.user_pseudo_id, c.user_id, c.last_ts
    from analytics.open_cart c
    union all
    select s.tenant_id, 'search-analysis', s.task_key, s.location_id, s.user_pseudo_id, s.user_id, s.last_ts
    from analytics.session_search s
    union all
    select v.tenant_id, 'repeat-visits', v.task_key, v.last_location_id, v.user_pseudo_id, v.user_id, v.last_ts
    from analytics.session v
)
update analytics.task_status t
set first_worked_at = t.worked_at, first_worked_by = t.worked_by, location_id = o.location_id,
    user_pseudo_id = o.user_pseudo_id, user_id = o.user_id, last_activity_at = o.last_ts
from origin o
where o.tenant_id = t.tenant_id and o.kind = t.kind and o.task_key = t.task_key and t.status <> 'open';
-- (Of the events' own word for who it was, only what the report said is left.)
update email.report_task r set user_pseudo_id = r.user_key;
update email.report_task r
set is_first = false
from email.delivery d
where d.tenant_id = r.tenant_id and d.delivery_id = r.delivery_id and exists (
    select 1 from email.report_task x
    inner join email.delivery e on e.tenant_id = x.tenant_id and e.delivery_id = x.delivery_id
    where x.tenant_id = r.tenant_id and x.kind = r.kind and x.task_key = r.task_key
        and e.status in ('sent', 'written', 'unknown') and e.created_at < d.created_at - interval '24 hours'
);
alter table analytics.task_status force row level security;
alter table analytics.open_cart force row level security;
alter table analytics.session_search force row level security;
alter table analytics.session force row level security;
alter table email.report_task force row level security;
alter table email.delivery force row level security;

-- Search -------------------------------------------------------------------------------------------------------------

-- What each user of data.users is found by, kept by analytics.index_users: which words of theirs are in
-- analytics.user_search_word.
create table analytics.user_search (
    tenant_id uuid not null,
    user_id text not null,
    words text not null, -- as analytics.search_text makes them; '': nothing is known yet
    primary key (tenant_id, user_id)
);

alter table analytics.user_search enable row level security;
alter table analytics.user_search force row level security;
create policy tenant on analytics.user_search
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The words of users. Of all the ways to look for the beginning of a word only the comparisons of a btree are leakproof,
-- and so served by an index behind row-level security; "C": what begins alike stands together.
create table analytics.user_search_word (
    tenant_id uuid not null,
    word text collate "C" not null,
    user_id text not null,
    primary key (tenant_id, word, user_id)
);

-- Vacuumed early: how often a word is there is counted in the index alone.
alter table analytics.user_search_word set (autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.user_search_word enable row level security;
alter table analytics.user_search_word force row level security;
create policy tenant on analytics.user_search_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What products, campaigns and branches are found by: analytics.search_text.
alter table data.product add column search_text text not null generated always as (
    ' ' || replace(
        translate(
            lower(
                regexp_replace(
                    regexp_replace(
                        normalize(product_id || ' ' || product_name || ' ' || coalesce(category, ''), nfkd),
                        '[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]', '', 'g'
                    ),
                    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00ab\u00b7\u00bb\u00bf\u060c\u061b\u061f\u2010-\u2027\u2030-\u205e\u3000-\u3003]+',
                    ' ', 'g'
                )
            ),
            'øłđħı', 'oldhi'
        ),
        'ß', 'ss'
    )
) stored;
alter table data.campaign add column search_text text not null generated always as (
    ' ' || replace(
        translate(
            lower(
                regexp_replace(
                    regexp_replace(
                        normalize(name || ' ' || platform || ' ' || coalesce(external_id, ''), nfkd),
                        '[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]', '', 'g'
                    ),
                    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00ab\u00b7\u00bb\u00bf\u060c\u061b\u061f\u2010-\u2027\u2030-\u205e\u3000-\u3003]+',
                    ' ', 'g'
                )
            ),
            'øłđħı', 'oldhi'
        ),
        'ß', 'ss'
    )
) stored;
alter table data.locations add column search_text text not null generated always as (
    ' ' || replace(
        translate(
            lower(
                regexp_replace(
                    regexp_replace(
                        normalize(location_id || ' ' || location_name || ' ' || coalesce(city, '') || ' ' || coalesce(state, ''), nfkd),
                        '[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]', '', 'g'
                    ),
                    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00ab\u00b7\u00bb\u00bf\u060c\u061b\u061f\u2010-\u2027\u2030-\u205e\u3000-\u3003]+',
                    ' ', 'g'
                )
            ),
            'øłđħı', 'oldhi'
        ),
        'ß', 'ss'
    )
) stored;

-- Users who are there already are told of as if they had just come.
alter table data.users no force row level security;
alter table data.outbox no force row level security;
insert into data.outbox (tenant_id, event_type, payload)
select u.tenant_id, 'data.users.changed.v1', jsonb_build_object('user_ids', jsonb_agg(u.user_id))
from (
    select
        tenant_id, user_id,
        (row_number() over (partition by tenant_id order by user_id)) / 2000 as piece
    from data.users
) u
group by u.tenant_id, u.piece;
alter table data.users force row level security;
alter table data.outbox force row level security;

-- Erasure ------------------------------------------------------------------------------------------------------------

-- Erasures of people: what is being erased while it is at work, and that it was afterwards (decision 0033). A job of the
-- same id does the work; its counts are the receipt.
create table data.erasure (
    tenant_id uuid not null,
    erasure_id uuid not null, -- the job's
    -- HMAC of the user's id: who knows the id and the installation's key can tell that it was this one; nobody else can
    user_hash bytea not null,
    asked_at timestamptz not null default now(),
    -- What they are found by; null once nothing of them is left. devices: all that they were seen on; own_devices: on
    -- which nobody else was.
    user_id text,
    devices text[],
    own_devices text[],
    emails text[], -- in lower case
    phones text[], -- digits
    touched jsonb not null default '[]', -- [device, user_id, first_us, last_us] of the events that went
    batch_id uuid, -- the other services have been told, and answers are to follow
    -- Which of them have erased what they had, and how much.
    told text[] not null default '{}',
    told_counts jsonb not null default '{}',
    primary key (tenant_id, erasure_id)
);

-- One at a time; and whether somebody was erased before.
create unique index erasure_at_work on data.erasure (tenant_id, user_id) where user_id is not null;
create index erasure_user_hash on data.erasure (tenant_id, user_hash, asked_at);

alter table data.erasure enable row level security;
alter table data.erasure force row level security;
create policy tenant on data.erasure
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Goals and snapshots --------------------------------------------------------------------------------------------------

-- What a company means to reach in a period: a metric, of one platform or of all, and how much of it.
create table analytics.goal (
    tenant_id uuid not null,
    goal_id uuid not null default gen_random_uuid(),
    name text not null,
    metric text not null,
    channel text, -- a platform of leads and ads; null: all of them
    target numeric not null check (target > 0),
    period_start date not null,
    period_end date not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, goal_id),
    check (period_start <= period_end)
);

alter table analytics.goal enable row level security;
alter table analytics.goal force row level security;
create policy tenant on analytics.goal
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A day's, week's or month's figures as they were when somebody saved them; one per kind and first day.
create table analytics.snapshot (
    tenant_id uuid not null,
    snapshot_id uuid not null default gen_random_uuid(),
    type text not null check (type in ('daily', 'weekly', 'monthly')),
    day date not null, -- the first of its period
    metrics jsonb not null,
    saved_by text not null,
    saved_at timestamptz not null default now(),
    primary key (tenant_id, snapshot_id),
    unique (tenant_id, type, day)
);

alter table analytics.snapshot enable row level security;
alter table analytics.snapshot force row level security;
create policy tenant on analytics.snapshot
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
