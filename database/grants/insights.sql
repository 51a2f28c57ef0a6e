-- The insights service writes its own schema. It checks its callers itself: it reads memberships and the tenant's
-- settings. It asks the analytics service for budget advice over HTTP.
revoke all on all tables in schema auth, analytics, data from branchwise_insights;
grant usage on schema insights, auth, analytics, data to branchwise_insights;
grant select, insert, update, delete on
    insights.insight, insights.feedback, insights.alert_setting, insights.recipient, insights.shown_to,
    insights.candidate, insights.declared_event, insights.look, insights.generation
to branchwise_insights;
grant select on auth.tenant, auth.membership to branchwise_insights;
-- (what the tenant's own people may be named by; it runs as the owner)
grant execute on function auth.readers_of_company(uuid) to branchwise_insights;
-- (enough to check that the caller's session or key still exists)
grant select (session_id, account_id, expires_at, revoked_at) on auth.session to branchwise_insights;
grant select (tenant_id, api_key_id, name, key_hash, scopes, expires_at, revoked_at) on auth.api_key to branchwise_insights;
-- What is judged: figures by hour and day, the names of branches and campaigns, and how far all of it has been reported
-- (not who a lead is, not the names of sources, nor their secrets).
grant select on
    analytics.traffic_day, analytics.traffic_hour, analytics.day_total, analytics.product_day, analytics.product_month,
    analytics.platform_day, analytics.v6_campaign_roi_daily, analytics.v6_campaign_roi_monthly, analytics.lead_channel_day,
    analytics.lead_hour, analytics.v6_branch_performance, analytics.v6_product_performance, analytics.rollup_state
to branchwise_insights;
grant select (
    tenant_id, day, lead_id, hour, platform, channel, campaign_ref, product_id, product_name, location_id, contracts, revenue
) on analytics.fact_leads to branchwise_insights;
-- What changes come from: visits and orders by their origin and contents. It does not read whose they are, only which
-- device's, because that is how an order finds its visit.
grant select (
    tenant_id, user_pseudo_id, session_id, day, first_ts, source, campaign, channel, location_id, bought
) on analytics.session to branchwise_insights;
grant select (
    tenant_id, transaction_id, user_pseudo_id, session_id, day, event_ts, location_id, amount, rate, value, items
) on analytics.sale to branchwise_insights;
grant select (
    tenant_id, user_pseudo_id, session_id, day, location_id, search_term, no_result_searches
) on analytics.session_search to branchwise_insights;
grant select (tenant_id, platform, campaign_ref, name) on analytics.campaign to branchwise_insights;
grant select (tenant_id) on analytics.dirty_key to branchwise_insights;
grant select (tenant_id, location_id, location_name) on data.locations to branchwise_insights;
grant select (tenant_id, source_id, kind, status, last_sync_at) on data.source to branchwise_insights;
grant select (tenant_id, platform, source_id) on data.campaign to branchwise_insights;
grant select (tenant_id, platform, time_zone) on data.ad_account to branchwise_insights;
grant select (tenant_id, starts_at, day, road) on data.road_day to branchwise_insights;
-- (whether files are being imported)
grant select (tenant_id, kind, status, created_at) on data.job to branchwise_insights;
