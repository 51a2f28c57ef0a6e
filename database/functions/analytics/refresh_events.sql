-- Brings the summaries of events up to date with what is marked dirty. Returns how many events were read again, and
-- whether the planner's statistics of the summaries were updated.
create or replace function analytics.refresh_events(
    p_tenant_id uuid, p_time_zone text, p_currency text, out read_rows bigint, out is_analyzed boolean
)
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_is_unknown boolean;
begin
    read_rows := 0;
    is_analyzed := false;
    if not exists (select from pg_temp.dirty_span) and not exists (select from pg_temp.home_user)
        and not exists (select from pg_temp.rated_sale) and not exists (select from pg_temp.doubted_day) then
        return;
    end if;
    read_rows := analytics.refresh_read(p_tenant_id, p_time_zone);
    -- The planner expects one row of a tenant that it does not know (analyze_if_grown), so it would join thousands by
    -- nested loops that read all rows for each.
    v_is_unknown := exists (
        select from analytics.rollup_state r where r.tenant_id = p_tenant_id and read_rows > 2 * r.analyzed_rows + 500
    );
    if v_is_unknown then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    perform analytics.refresh_visits(p_tenant_id, p_time_zone);
    perform analytics.refresh_owners(p_tenant_id);
    perform analytics.refresh_sessions(p_tenant_id, p_time_zone);
    perform analytics.refresh_searches(p_tenant_id, p_time_zone);
    perform analytics.refresh_purchases(p_tenant_id, p_time_zone, p_currency);
    perform analytics.refresh_refunds(p_tenant_id);
    perform analytics.refresh_carts(p_tenant_id, p_time_zone, p_currency);
    perform analytics.refresh_neighbours(p_tenant_id);
    perform analytics.refresh_top_months(p_tenant_id);
    perform analytics.refresh_day_totals(p_tenant_id);
    perform analytics.refresh_product_days(p_tenant_id, p_time_zone);
    -- What follows looks visits up by key even without nested loops, and of an unknown tenant every index that begins with
    -- the tenant looks as good as the right one. A few thousand rows are not worth an analyze. Marketing and traffic have
    -- nothing new yet, and are analyzed after the run.
    if v_is_unknown and read_rows > 5000 and analytics.may_analyze() then
        perform analytics.analyze_event_summaries();
        is_analyzed := true;
    end if;
end
$$;
