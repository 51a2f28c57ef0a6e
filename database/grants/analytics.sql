-- What the analytics service may do: its own summaries, and reading what they are made of.
revoke all on all tables in schema analytics, data, auth from branchwise_analytics;
revoke all on all functions in schema analytics from branchwise_analytics;
grant usage on schema analytics, data, auth to branchwise_analytics;
grant select, insert, update on analytics.rollup_state, analytics.task_status to branchwise_analytics;
grant select on analytics.channel_source, analytics.channel_rule to branchwise_analytics;
grant select, insert, delete on analytics.dirty_key, analytics.difference to branchwise_analytics;
grant select, insert on analytics.closed_day, analytics.figure_change to branchwise_analytics;
-- What is removed by age, and where it is kept then; for events, since when.
grant delete on analytics.closed_day to branchwise_analytics;
grant select, insert, update on analytics.retained_export to branchwise_analytics;
grant select on data.retention to branchwise_analytics;
grant select, insert, update, delete on
    analytics.device_user, analytics.visit_day, analytics.user_day, analytics.session, analytics.open_cart,
    analytics.session_search, analytics.buy, analytics.sale, analytics.day_total,
    analytics.product_day, analytics.product_month, analytics.traffic_hour, analytics.traffic_day, analytics.traffic_month,
    analytics.search_term_month, analytics.item_sale_month
    to branchwise_analytics;
grant select, insert, update, delete on
    analytics.campaign, analytics.campaign_word, analytics.campaign_month, analytics.fact_leads,
    analytics.fact_leads_month, analytics.stray_lead_month, analytics.lead_channel_day, analytics.lead_hour, analytics.v6_campaign_roi_daily, analytics.v6_campaign_roi_monthly,
    analytics.platform_day, analytics.platform_month, analytics.v6_product_performance,
    analytics.v6_branch_performance, analytics.unconverted_day,
    analytics.refund, analytics.ledger_entry, analytics.ledger_word, analytics.ledger_total
    to branchwise_analytics;
grant select on analytics.platform_source, analytics.platform_host, analytics.paid_medium, analytics.rule_digest
    to branchwise_analytics;
grant select, insert, update, delete on analytics.follow_up, analytics.follow_up_total to branchwise_analytics;
grant select, insert, update, delete on analytics.goal to branchwise_analytics;
grant select, insert, update on analytics.snapshot to branchwise_analytics;
-- Search: what users are found by.
grant select, insert, update, delete on analytics.user_search, analytics.user_search_word to branchwise_analytics;
grant select on
    data.page_view, data.view_item, data.add_to_cart, data.purchase, data.view_search_results,
    data.no_search_results, data.other_event, data.users, data.locations, data.fx_rate,
    data.channel_day, data.user_device
    to branchwise_analytics;
grant select on data.contract, data.ad_performance, data.campaign, data.ad_object, data.product to branchwise_analytics;
-- (no figure needs to know who a lead is)
grant select (
    tenant_id, lead_id, created_day, created_at, utm_source, utm_medium, utm_campaign, utm_id, gclid, gbraid, wbraid,
    fbclid, fbc, referrer, product_id, product_name, location_id, is_paid, platform
) on data.lead to branchwise_analytics;
-- (how good the figures are; not what sources are called, nor their secrets)
grant select (tenant_id, kind) on data.source to branchwise_analytics;
grant select (tenant_id, day, flag) on data.quality_flag to branchwise_analytics;
grant select on auth.tenant, auth.membership to branchwise_analytics;
-- (enough to check that the caller's session or key still exists)
grant select (session_id, account_id, expires_at, revoked_at) on auth.session to branchwise_analytics;
grant select (tenant_id, api_key_id, name, key_hash, scopes, expires_at, revoked_at) on auth.api_key to branchwise_analytics;
grant execute on function
    analytics.analyze_summaries(boolean), analytics.analyze_event_summaries(), analytics.analyze_working_table(text),
    analytics.refresh_tables(), analytics.refresh_empty_tables(),
    analytics.sessions_elsewhere(uuid, text, date, date), analytics.last_order_elsewhere(uuid, text, timestamptz),
    analytics.sessions_ended_elsewhere(uuid, text, date, date),
    analytics.first_told(uuid, text[]), analytics.tasks_told(uuid, uuid[], timestamptz, timestamptz),
    analytics.recount_follow_ups(uuid, date, date),
    analytics.get_recovery(uuid, date, date, text[]), analytics.get_hold_out(uuid, date, date, text[])
    to branchwise_analytics;

-- (whom to erase, as long as something of them is left; records of their tasks are deleted)
grant delete on analytics.task_status to branchwise_analytics;
grant select on data.erasure to branchwise_analytics;
-- (what was refunded for an order, and on which days a vendor withheld rows: no names, no lines)
grant select (tenant_id, source_id, order_id, transaction_id, purchase_id) on data.shop_order to branchwise_analytics;
grant select (tenant_id, source_id, order_id, amount) on data.shop_refund to branchwise_analytics;
-- (the clock by which ads have their days)
grant select (tenant_id, platform, account_id, time_zone) on data.ad_account to branchwise_analytics;
grant select (tenant_id, day, flag) on data.quality_flag to branchwise_analytics;
