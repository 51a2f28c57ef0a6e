-- Updates the planner's statistics of the summaries of events alone, as analytics.analyze_summaries does for all.
create or replace function analytics.analyze_event_summaries()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    analyze analytics.visit_day, analytics.user_day, analytics.device_user, analytics.session, analytics.open_cart,
        analytics.session_search, analytics.buy, analytics.sale, analytics.day_total, analytics.product_day,
        analytics.product_month, analytics.search_term_month, analytics.item_sale_month;
end
$$;
revoke all on function analytics.analyze_event_summaries() from public;
