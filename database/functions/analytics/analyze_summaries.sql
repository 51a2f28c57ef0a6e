-- Updates the planner's statistics of the summaries; cached plans are made again after that. Only their owner may do
-- this, hence the definer. Without p_events, those of events are left out: a large run has just analyzed them itself.
create or replace function analytics.analyze_summaries(p_events boolean default true)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_events then
        perform analytics.analyze_event_summaries();
    end if;
    analyze analytics.traffic_hour, analytics.traffic_day, analytics.traffic_month, analytics.fact_leads,
        analytics.fact_leads_month, analytics.stray_lead_month, analytics.lead_channel_day, analytics.lead_hour,
        analytics.platform_day, analytics.platform_month, analytics.v6_campaign_roi_daily,
        analytics.v6_campaign_roi_monthly, analytics.v6_product_performance,
        analytics.v6_branch_performance, analytics.campaign_word, analytics.campaign_month;
end
$$;
revoke all on function analytics.analyze_summaries(boolean) from public;
