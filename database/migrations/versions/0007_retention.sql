-- Upkeep of marketing's tables.
drop index analytics.v6_campaign_roi_daily_campaign;
alter table analytics.v6_campaign_roi_daily
    set (fillfactor = 50),
    drop constraint v6_campaign_roi_daily_pkey,
    -- (a channel's days of spend are read a campaign at a time)
    add primary key (tenant_id, platform, campaign_ref, day);
create index v6_campaign_roi_daily_day on analytics.v6_campaign_roi_daily (tenant_id, day);
alter table analytics.platform_day set (fillfactor = 50);

-- Leads by hour of the tenant's clock and channel, of those whose time of day is known: a row has a day's hours, so that a
-- lead changes one row of them and not one an hour.
alter table analytics.lead_hour no force row level security;
create temporary table former_lead_hour on commit drop as
select h.tenant_id, h.day, h.channel, array_agg(h.hour order by h.hour) as hours, array_agg(h.leads order by h.hour) as leads,
    array_agg(h.contracts order by h.hour) as contracts, array_agg(h.revenue order by h.hour) as revenue
from analytics.lead_hour h
group by h.tenant_id, h.day, h.channel;
drop table analytics.lead_hour;
create table analytics.lead_hour (
    tenant_id uuid not null,
    day date not null,
    channel text not null,
    hours timestamptz[] not null, -- their first instants, in order, of those with leads: a day of a clock change has 23 or 25
    leads bigint[] not null, -- this and the next two hour by hour
    contracts bigint[] not null,
    revenue numeric[] not null,
    primary key (tenant_id, day, channel)
);
insert into analytics.lead_hour (tenant_id, day, channel, hours, leads, contracts, revenue)
select f.tenant_id, f.day, f.channel, f.hours, f.leads, f.contracts, f.revenue from pg_temp.former_lead_hour f;

alter table analytics.lead_hour enable row level security;
alter table analytics.lead_hour force row level security;
create policy tenant on analytics.lead_hour
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- (nobody read it)
alter table analytics.campaign_month drop column last_day;

-- How long figures and events are kept -------------------------------------------------------------------------------

-- Nobody has said anything yet: everything is kept.
alter table auth.tenant add column retention jsonb not null default '{}';
alter table analytics.rollup_state add column hours_from date, add column days_from date;

-- Months of a table of days that left by age, each in a Parquet file of the file store that was read back before they did.
create table analytics.retained_export (
    tenant_id uuid not null,
    export_id uuid not null default gen_random_uuid(),
    table_name text not null,
    month date not null, -- its first day
    file_name text not null,
    rows bigint not null,
    bytes bigint not null,
    sums jsonb not null, -- {column: its sum as text}, as the database and the file have it
    written_at timestamptz not null default now(),
    primary key (tenant_id, export_id),
    unique (tenant_id, table_name, month)
);

alter table analytics.retained_export enable row level security;
alter table analytics.retained_export force row level security;
create policy tenant on analytics.retained_export
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Tenants whose events leave by age, or did. Analytics makes nothing of events anew that lie before events_from.
create table data.retention (
    tenant_id uuid not null primary key,
    due_at timestamptz, -- when events past their age are looked for next; null: they stay
    events_from date, -- the first day whose events are kept, the first of a month; null: none have left
    events_since timestamptz, -- older ones are taken no more: when that day began, or the one that events_from is to be
    closed_at timestamptz -- since when that is so: what was recorded before is to be in every answer first
);

alter table data.retention enable row level security;
alter table data.retention force row level security;
create policy tenant on data.retention
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Money without a rate -------------------------------------------------------------------------------------------------

-- Which day's rate is missing: of contracts not their lead's day, but that of the signing. Days that list contracts are
-- reckoned anew by the next refresh; until then they name the lead's day, as before.
alter table analytics.unconverted_day add column rate_day date;
alter table analytics.unconverted_day no force row level security;
alter table analytics.dirty_key no force row level security;
update analytics.unconverted_day set rate_day = day;
insert into analytics.dirty_key (tenant_id, lead_days, is_rebuild)
select u.tenant_id, array_agg(distinct u.day), true
from analytics.unconverted_day u
where u.side = 'contracts'
group by u.tenant_id;
alter table analytics.unconverted_day force row level security;
alter table analytics.dirty_key force row level security;
alter table analytics.unconverted_day
    alter column rate_day set not null,
    drop constraint unconverted_day_pkey,
    add primary key (tenant_id, day, platform, side, currency, rate_day);

-- Ledger ---------------------------------------------------------------------------------------------------------------

-- Ad accounts by whose clock a platform's days begin. An account that only files tell of has no row: nobody says.
create table data.ad_account (
    tenant_id uuid not null,
    platform text not null,
    account_id text not null, -- as data.ad_performance has it
    time_zone text not null, -- IANA
    updated_at timestamptz not null default now(),
    primary key (tenant_id, platform, account_id)
);

alter table data.ad_account enable row level security;
alter table data.ad_account force row level security;
create policy tenant on data.ad_account
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Refund events that name a transaction. amount: in its currency, never negative; null: none is told, what is left of the
-- order was given back.
create table analytics.refund (
    tenant_id uuid not null,
    event_ts timestamptz not null,
    event_id uuid not null,
    user_pseudo_id text not null, -- '': absent
    user_id text,
    transaction_id text not null,
    amount numeric,
    currency text, -- in capitals; null: the order's
    primary key (tenant_id, event_ts, event_id)
);

create index refund_device on analytics.refund (tenant_id, user_pseudo_id, event_ts);
create index refund_transaction on analytics.refund (tenant_id, transaction_id);

alter table analytics.refund enable row level security;
alter table analytics.refund force row level security;
create policy tenant on analytics.refund
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What a transaction adds to the ledger's lines (decision 0030): to that of its own day (entry_no 0), and to those of the
-- clicks that its platforms may book it on. Money in the tenant's currency, rounded.
create table analytics.ledger_entry (
    tenant_id uuid not null,
    transaction_id text not null,
    entry_no smallint not null,
    day date not null, -- of a click by the ad account's clock, where that is known
    platform text not null,
    campaign_ref text not null,
    is_order boolean not null, -- it counts as an order on this line
    gross numeric not null,
    refunds numeric not null,
    moved_in numeric not null, -- clicked here; the books have it on another day, or under no campaign
    moved_out numeric not null, -- the books have it here; clicked on another day
    zone_in numeric not null, -- clicked on the order's day by the company's clock, on this day by the account's
    zone_out numeric not null, -- likewise, on another day by the account's
    shared numeric not null, -- clicked here; the books have it under another campaign
    lacks_rate boolean not null, -- its money, or what was given back, has no rate
    lead_day date, -- it is this lead's contract and counts as that: nothing of it stands here
    primary key (tenant_id, transaction_id, entry_no)
);

create index ledger_entry_day on analytics.ledger_entry (tenant_id, day);
create index ledger_entry_lead on analytics.ledger_entry (tenant_id, lead_day) where lead_day is not null;

alter table analytics.ledger_entry enable row level security;
alter table analytics.ledger_entry force row level security;
create policy tenant on analytics.ledger_entry
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- By which words a transaction's clicks name campaigns: where one comes to mean another campaign, these are placed anew.
create table analytics.ledger_word (
    tenant_id uuid not null,
    word_id uuid not null, -- of platform and word: a word may be too long for an index
    transaction_id text not null,
    primary key (tenant_id, transaction_id, word_id)
);

create index ledger_word_word on analytics.ledger_word (tenant_id, word_id);

alter table analytics.ledger_word enable row level security;
alter table analytics.ledger_word force row level security;
create policy tenant on analytics.ledger_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What the ledger's lines of a day and platform come to (analytics.ledger_of). What of the gaps has no other cause is kept
-- as what platforms claim beyond the books (over) and short of them (under): whether a vendor withheld rows of the day is
-- looked up when it is asked.
create table analytics.ledger_total (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    lines bigint not null,
    spend numeric not null,
    claimed_conversions numeric not null,
    claimed_revenue numeric not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    orders bigint not null,
    order_revenue numeric not null,
    refunds numeric not null,
    refund_gap numeric not null,
    window_gap numeric not null,
    time_zone_gap numeric not null,
    duplicate_gap numeric not null,
    untracked_gap numeric not null,
    currency_gap numeric not null,
    over_gap numeric not null,
    under_gap numeric not null,
    primary key (tenant_id, day, platform)
);

alter table analytics.ledger_total enable row level security;
alter table analytics.ledger_total force row level security;
create policy tenant on analytics.ledger_total
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table analytics.dirty_key add column transaction_ids text[], add column is_ledger boolean;

-- The ledger of what stands already is made by each tenant's next refresh, which reads refund events once more.
alter table data.other_event no force row level security;
alter table analytics.rollup_state no force row level security;
alter table analytics.dirty_key no force row level security;
insert into analytics.dirty_key (tenant_id, is_ledger) select r.tenant_id, true from analytics.rollup_state r;
insert into analytics.dirty_key (tenant_id, user_pseudo_id, user_id, min_ts, max_ts)
select e.tenant_id, e.user_pseudo_id, case when e.user_pseudo_id is null then e.user_id end, min(e.event_ts), max(e.event_ts)
from data.other_event e
where e.event_name = 'refund'
group by 1, 2, 3;
alter table data.other_event force row level security;
alter table analytics.rollup_state force row level security;
alter table analytics.dirty_key force row level security;

create table analytics.rule_digest (
    is_only boolean primary key default true check (is_only),
    digest text not null
);

-- Rules of channels ----------------------------------------------------------------------------------------------------

-- A rule that is no regular expression stops every refresh, so nobody can be using one.
do $$
declare
    v_rule analytics.channel_rule;
begin
    for v_rule in select * from analytics.channel_rule loop
        begin
            perform '' ~ v_rule.source_pattern, '' ~ v_rule.medium_pattern, '' ~ v_rule.campaign_pattern;
        exception when invalid_regular_expression then
            delete from analytics.channel_rule r where r.position = v_rule.position;
        end;
    end loop;
end
$$;
alter table analytics.channel_rule add constraint channel_rule_patterns check (
    coalesce('' ~ source_pattern, true) in (true, false)
    and coalesce('' ~ medium_pattern, true) in (true, false)
    and coalesce('' ~ campaign_pattern, true) in (true, false)
);

-- What dashboards look through ----------------------------------------------------------------------------------------

-- The terms searched most are read from this index alone.
drop index analytics.session_search_day;
create index session_search_day on analytics.session_search (tenant_id, day)
    include (last_ts, outcome, location_id, task_key, search_term, searches, no_result_searches);
-- The latest contracts say how long leads take.
create index contract_signed on data.contract (tenant_id, signed_day desc, contract_id) where status = 'signed';
-- The UTM audit looks through these leads, which are few among all.
create index fact_leads_stray on analytics.fact_leads (tenant_id, day) where campaign_ref = '';

-- Days that a check found to be kept otherwise than counted.
alter table analytics.dirty_key add column event_days date[];

-- What came of follow-ups is kept. The refresher makes it of what was told and worked until now.
alter table analytics.dirty_key add column delivery_ids uuid[], add column task_keys text[];

-- Carts, searches and repeat visits that were emailed or worked, each with its first moment and what came of it, as
-- analytics.recount_follow_ups says it exactly. is_compared: not what counts, but what a hold-out compares: the same, from
-- the first delivery that told of it or held it out. Kept by the refresher.
create table analytics.follow_up (
    tenant_id uuid not null,
    is_compared boolean not null,
    task_key text not null,
    kind text not null,
    at timestamptz not null,
    day date not null, -- of at
    location_id text,
    rep text not null, -- an address in lower case
    is_held_out boolean not null,
    last_activity_at timestamptz,
    user_pseudo_id text, -- with user_id: whose task it is, as its events say
    user_id text,
    u text, -- who that is today
    is_recovered boolean not null default false,
    revenue numeric not null default 0, -- of what has a rate
    unconverted jsonb, -- [{currency, amount, day}] of what has none, a purchase each
    primary key (tenant_id, is_compared, task_key)
);

create index follow_up_u on analytics.follow_up (tenant_id, u);
create index follow_up_device on analytics.follow_up (tenant_id, user_pseudo_id) where user_id is null;
create index follow_up_day on analytics.follow_up (tenant_id, is_compared, day)
    include (location_id, is_held_out, u, is_recovered);

-- Vacuumed early: the covering index answers alone only where pages are known to be visible to all.
alter table analytics.follow_up set (autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.follow_up enable row level security;
alter table analytics.follow_up force row level security;
create policy tenant on analytics.follow_up
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- analytics.follow_up summed by day, branch, rep and kind, of those that count.
create table analytics.follow_up_total (
    tenant_id uuid not null,
    day date not null,
    location_id text not null, -- '': none
    rep text not null,
    kind text not null,
    tasks bigint not null,
    recovered bigint not null,
    revenue numeric not null,
    unconverted jsonb, -- [{currency, amount, day}], a purchase each
    primary key (tenant_id, day, location_id, rep, kind)
);

alter table analytics.follow_up_total enable row level security;
alter table analytics.follow_up_total force row level security;
create policy tenant on analytics.follow_up_total
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table email.delivery no force row level security;
alter table analytics.task_status no force row level security;
alter table analytics.dirty_key no force row level security;
insert into analytics.dirty_key (tenant_id, delivery_ids)
select d.tenant_id, array_agg(d.delivery_id) from email.delivery d group by d.tenant_id;
insert into analytics.dirty_key (tenant_id, task_keys)
select w.tenant_id, array_agg(w.task_key)
from analytics.task_status w
where w.first_worked_at is not null and w.kind <> 'purchases'
group by w.tenant_id;
alter table email.delivery force row level security;
alter table analytics.task_status force row level security;
alter table analytics.dirty_key force row level security;

-- Leads of no campaign by month ------------------------------------------------------------------------------------------

-- Leads of no campaign of whole months by what they say of where they came from: what the UTM audit of long ranges is read from.
create table analytics.stray_lead_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    kind_id uuid not null, -- of the columns down to utm_id
    platform text not null,
    utm_source text not null, -- this and the next two in lower case; '': absent
    utm_campaign text not null,
    utm_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, kind_id)
);

alter table analytics.stray_lead_month enable row level security;
alter table analytics.stray_lead_month force row level security;
create policy tenant on analytics.stray_lead_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table analytics.fact_leads no force row level security;
alter table analytics.stray_lead_month no force row level security;
insert into analytics.stray_lead_month (
    tenant_id, month, kind_id, platform, utm_source, utm_campaign, utm_id, leads, contracts, revenue
)
select f.tenant_id, date_trunc('month', f.day::timestamp)::date,
    md5(concat_ws(E'\x1f', f.platform, f.utm_source, f.utm_campaign, f.utm_id))::uuid, f.platform, f.utm_source,
    f.utm_campaign, f.utm_id, count(*), sum(f.contracts), sum(f.revenue)
from analytics.fact_leads f
where f.campaign_ref = ''
group by f.tenant_id, 2, f.platform, f.utm_source, f.utm_campaign, f.utm_id;
alter table analytics.fact_leads force row level security;
alter table analytics.stray_lead_month force row level security;

-- Products' traffic is added up from the keys alone -------------------------------------------------------------------

-- Vacuumed early: the covering keys answer alone only where pages are known to be visible to all.
alter table analytics.product_day
    drop constraint product_day_pkey,
    add primary key (tenant_id, day, item_key) include (views, add_to_carts, purchases),
    set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
alter table analytics.product_month
    drop constraint product_month_pkey,
    add primary key (tenant_id, month, item_key) include (views, add_to_carts, purchases),
    set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- What was searched and sold most, by months --------------------------------------------------------------------------

-- analytics.session_search summed over the months before rollup_state.tops_until, by term, of the whole company.
create table analytics.search_term_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    term_key uuid not null, -- of search_term: a text may be too long for an index
    search_term text not null,
    searches bigint not null,
    no_result_searches bigint not null,
    primary key (tenant_id, month, term_key)
);

alter table analytics.search_term_month enable row level security;
alter table analytics.search_term_month force row level security;
create policy tenant on analytics.search_term_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The items of analytics.sale summed over the months before rollup_state.tops_until, of the whole company; of
-- transactions whose day has no rate nothing counts.
create table analytics.item_sale_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    item_key uuid not null, -- of item_id: a text may be too long for an index
    item_id text not null,
    item_name text, -- the last in the alphabet of those given
    quantity numeric not null,
    revenue numeric not null,
    purchases bigint not null, -- transactions that hold it
    primary key (tenant_id, month, item_key)
);

alter table analytics.item_sale_month enable row level security;
alter table analytics.item_sale_month force row level security;
create policy tenant on analytics.item_sale_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Null: the next refresh of any day sums up all months that are over. Until then they are read as they were before.
alter table analytics.rollup_state add column tops_until date;

-- Statistics of a location over a long range --------------------------------------------------------------------------
drop index analytics.session_location;
create index session_location on analytics.session (tenant_id, location_id, day, u) include (last_location_id);
drop index analytics.visit_day_location;
create index visit_day_location on analytics.visit_day (tenant_id, location_id, day, u);
create index session_search_location on analytics.session_search (tenant_id, location_id, day)
    include (search_term, searches, no_result_searches);
create index sale_location on analytics.sale (tenant_id, location_id, day);

-- What a report left out since it had been worked ----------------------------------------------------------------------

-- (of reports of before nothing of it is known)
alter table email.report_task
    drop constraint report_task_check,
    add check (customer_no = 0 or not is_held_out);
