-- The refresher's working tables, made once per connection and emptied at the end of each run (refresh_empty_tables).
-- They hold one tenant at a time, and none of them says which.
-- The definer owns them: a login role owns nothing, not even for a moment.
-- A connection may outlive an upgrade, which makes every function again: tables that an earlier function of this name
-- made have an earlier shape and are replaced. Their comment says which one made them.
create or replace function analytics.refresh_tables()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_maker text := 'analytics.refresh_tables()'::regprocedure::oid;
    v_table name;
begin
    if obj_description(to_regclass('pg_temp.dirty_span'), 'pg_class') = v_maker then
        return;
    end if;
    for v_table in
        select c.relname from pg_class c
        where c.relnamespace = pg_my_temp_schema() and c.relkind = 'r' and c.relowner = current_user::regrole
    loop
        execute format('drop table pg_temp.%I', v_table);
    end loop;
    -- Whose rows to read again: a device, or ('', user) for rows without a device. dirty_* are the bounds of what
    -- changed; [lo, hi) and [lo_day, hi_day) are whole days that include every session concerned.
    create temp table dirty_span (
        device text not null, owner text not null, dirty_lo timestamptz, dirty_hi timestamptz,
        lo timestamptz, hi timestamptz, lo_day date, hi_day date, is_read boolean not null default false
    );
    create temp table event_row (
        kind text not null, event_ts timestamptz not null, event_id uuid not null, device text not null,
        user_id text, session_id text, location_id text, search_term text, transaction_id text,
        amount numeric, currency text, items jsonb, may_tell boolean
    );
    create temp table dirty_session (device text not null, session_id text not null);
    create temp table session_row (
        device text not null, session_id text not null, kind text not null, event_ts timestamptz not null,
        event_id uuid not null, user_id text, location_id text, search_term text, amount numeric, currency text,
        items jsonb, may_tell boolean
    );
    -- No statistics for columns that no statement joins, groups or filters by.
    alter table pg_temp.event_row alter event_id set statistics 0, alter transaction_id set statistics 0,
        alter amount set statistics 0, alter currency set statistics 0, alter items set statistics 0,
        alter may_tell set statistics 0;
    alter table pg_temp.session_row alter event_id set statistics 0, alter location_id set statistics 0,
        alter user_id set statistics 0, alter amount set statistics 0, alter currency set statistics 0,
        alter items set statistics 0;
    create temp table home_user (user_id text not null);
    -- Days whose rates of these currencies may have changed, and the transactions to compute again because of that.
    create temp table rate_change (day date not null, currencies text[] not null);
    create temp table rated_sale (transaction_id text not null);
    create temp table rekeyed_device (device text not null);
    -- Users whose visits or sessions changed, and users whose purchases or carts changed, in each case from the day
    -- `since`.
    create temp table changed_user (u text not null, since date not null);
    create temp table changed_buyer (u text not null, since date not null);
    -- Transactions that were computed again; tasks whose follow-up may have changed, and the days whose sums change.
    create temp table changed_sale (transaction_id text not null);
    create temp table dirty_task (task_key text not null);
    create temp table dirty_delivery (delivery_id uuid not null);
    create temp table changed_follower (u text not null);
    create temp table follow_up_day (day date not null);
    -- Days whose stored rows are not trusted.
    create temp table doubted_day (day date not null);
    create temp table changed_day (day date not null);
    -- Days on which only the origin of visits changed, or whose visits retention removed; days whose traffic is counted
    -- again, with their bounds in time; and the counts (hour is null if a vendor counted).
    create temp table changed_traffic (day date not null);
    create temp table traffic_day (
        day date not null, starts_at timestamptz not null, ends_at timestamptz not null
    );
    create temp table traffic (
        hour timestamptz, day date not null, channel text not null, sessions bigint not null,
        bought_sessions bigint not null, page_views bigint not null, purchases bigint not null, revenue numeric not null
    );
    -- The device-days of the spans: as computed now, and as stored.
    create temp table visit (
        device text not null, day date not null, user_id text not null, row_location_id text not null,
        events integer not null, page_views integer not null, add_to_carts integer not null, searches integer not null,
        failed_searches integer not null, last_ts timestamptz not null
    );
    create temp table stored_visit (like analytics.visit_day);
    alter table pg_temp.stored_visit drop column tenant_id;
    create temp table session_fact (
        device text not null, session_id text not null, first_ts timestamptz not null, last_ts timestamptz not null,
        page_views integer not null, bought boolean not null, first_id uuid not null, user_id text, location_id text,
        last_user_id text, last_location_id text, first_kind text not null
    );
    -- The origin of a dirty session as {source, medium, campaign}, and the user's origin according to an export.
    create temp table session_source (
        device text not null, session_id text not null, told text [], user_told text []
    );
    alter table pg_temp.session_source alter told set statistics 0, alter user_told set statistics 0;
    create temp table session_view (
        device text not null, session_id text not null, products jsonb not null
    );
    create temp table new_session (like analytics.session);
    alter table pg_temp.new_session drop column tenant_id;
    -- The present links of new sessions, and of stored ones whose links changed.
    create temp table session_link (
        user_pseudo_id text not null, session_id text not null, is_new boolean not null,
        prev_day date, prev2_day date, next_day date
    );
    -- Marketing: dirty days of leads and of ads, leads whose contracts changed, and whether campaigns may have changed.
    -- reason says why a day is computed again though none of its rows changed (analytics.figure_change).
    create temp table lead_day (
        day date not null primary key, reason text, had_leads boolean not null default false -- something may be stored for it
    );
    create temp table ad_day (day date not null primary key, reason text);
    create temp table dirty_lead (lead_id text not null, reason text);
    create temp table dirty_campaigns (is_dirty boolean not null);
    create temp table marketing_day (day date not null primary key);
    -- Months whose sums are computed from all their days; other months are updated by the differences of the dirty
    -- days.
    create temp table rebuilt_month (month date not null primary key);
    -- Complete days among the dirty ones, and the platforms' figures on them before this run.
    create temp table complete_day (day date not null primary key);
    create temp table former_platform_day (like analytics.platform_day);
    alter table pg_temp.former_platform_day drop column tenant_id;
    create temp table told_campaign (like analytics.campaign_month);
    alter table pg_temp.told_campaign drop column tenant_id;
    create temp table campaign_node (
        platform text not null, account_id text not null, campaign_key text not null, external_id text,
        name text not null, names text[] not null, first_day date, campaign_ref text not null, is_itself boolean not null
    );
    create temp table campaign_word (
        word_id uuid not null, platform text not null, kind text not null, word text not null, campaign_ref text not null
    );
    create temp table changed_word (platform text not null, kind text not null, word text not null);
    -- The leads of the dirty days, and their kinds: a kind is everything that decides platform and channel, and kind_id
    -- is a hash of it, whose 64 bits make collisions negligible. The columns that are read most come first, and those
    -- that only kinds need are left out, because the table may be large and is read several times.
    create temp table lead_row (
        kind_id bigint not null, day date not null, month date not null, hour timestamptz, contracts integer not null,
        lacks_rate boolean not null, revenue numeric not null, lead_id text not null, location_id text, product_id text,
        product_name text
    );
    create temp table lead_kind (
        kind_id bigint not null, platform text not null, channel text not null, is_paid boolean not null,
        campaign_ref text not null, utm_source text not null, utm_campaign text not null, utm_id text not null,
        campaign_id bigint not null -- stands for platform and campaign where all leads are grouped: one of their kinds
    );
    -- Their signed contracts; currency in upper case, null for the tenant's.
    create temp table lead_contract (
        lead_id text not null, amount numeric not null, currency text, signed_day date not null
    );
    -- Their sums by day and campaign, and by day and channel; hours is null if no lead has a time.
    create temp table campaign_lead (
        day date not null, platform text not null, campaign_ref text not null, paid_leads integer not null,
        leads integer not null, contracts integer not null, revenue numeric not null
    );
    create temp table channel_lead (
        day date not null, channel text not null, leads bigint not null, contracts bigint not null, revenue numeric not null,
        hours timestamptz[], leads_by_hour bigint[], contracts_by_hour bigint[], revenue_by_hour numeric[]
    );
    -- Outdated facts (is_counted: they are in the sums of their month), and the differences that each kind makes to
    -- months.
    create temp table former_lead (
        day date not null, lead_id text not null, month date not null, is_counted boolean not null, platform text not null,
        channel text not null, utm_source text not null, utm_campaign text not null, utm_id text not null,
        is_paid boolean not null, campaign_ref text not null, product_id text, product_name text, location_id text,
        contracts integer not null, revenue numeric not null
    );
    create temp table month_change (
        month date not null, platform text not null, channel text not null, utm_source text not null,
        utm_campaign text not null, utm_id text not null, is_paid boolean not null, campaign_ref text not null,
        leads bigint not null, contracts bigint not null, revenue numeric not null
    );
    create temp table product_change (
        month date not null, platform text not null, product_id text, only_name text, product_name text, former_name text,
        leads bigint not null, contracts bigint not null, revenue numeric not null
    );
    create temp table campaign_ad (
        day date not null, platform text not null, campaign_ref text not null, spend numeric not null,
        impressions bigint not null, clicks bigint not null, claimed_conversions numeric not null,
        claimed_revenue numeric not null, lacks_rate boolean not null
    );
    -- The ledger: transactions whose entries may have changed, whether all of it is computed again, their present
    -- entries and words, and the days whose lines change.
    create temp table ledger_order (transaction_id text not null);
    create temp table dirty_ledger (is_dirty boolean not null);
    create temp table ledger_entry (like analytics.ledger_entry);
    alter table pg_temp.ledger_entry drop column tenant_id;
    create temp table ledger_word (transaction_id text not null, word_id uuid not null);
    create temp table ledger_day (day date not null);
    grant select, insert, update, delete on
        pg_temp.lead_day, pg_temp.ad_day, pg_temp.dirty_lead, pg_temp.dirty_campaigns, pg_temp.marketing_day,
        pg_temp.rebuilt_month, pg_temp.complete_day, pg_temp.former_platform_day, pg_temp.told_campaign, pg_temp.campaign_node,
        pg_temp.campaign_word, pg_temp.changed_word, pg_temp.lead_row, pg_temp.lead_kind, pg_temp.lead_contract,
        pg_temp.campaign_lead, pg_temp.channel_lead, pg_temp.former_lead, pg_temp.month_change, pg_temp.product_change, pg_temp.campaign_ad,
        pg_temp.ledger_order, pg_temp.dirty_ledger, pg_temp.ledger_entry, pg_temp.ledger_word, pg_temp.ledger_day
    to branchwise_analytics;
    grant select, insert, update, delete on
        pg_temp.dirty_span, pg_temp.event_row, pg_temp.dirty_session, pg_temp.session_row, pg_temp.home_user,
        pg_temp.rate_change, pg_temp.rated_sale,
        pg_temp.rekeyed_device, pg_temp.changed_user, pg_temp.changed_buyer, pg_temp.changed_day, pg_temp.doubted_day, pg_temp.visit,
        pg_temp.changed_sale, pg_temp.dirty_task, pg_temp.dirty_delivery, pg_temp.changed_follower, pg_temp.follow_up_day,
        pg_temp.stored_visit, pg_temp.session_fact, pg_temp.session_source, pg_temp.changed_traffic,
        pg_temp.traffic_day, pg_temp.traffic,
        pg_temp.session_view, pg_temp.new_session, pg_temp.session_link
    to branchwise_analytics;
    execute format('comment on table pg_temp.dirty_span is %L', v_maker);
end
$$;
revoke all on function analytics.refresh_tables() from public;
