-- Brings the summaries of events up to date with what is marked dirty. Returns how many events were read again.
create or replace function analytics.refresh_events(p_tenant_id uuid, p_time_zone text, p_currency text)
returns bigint
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_rows bigint;
    v_is_unknown boolean;
begin
    if not exists (select from pg_temp.dirty_span) and not exists (select from pg_temp.home_user)
        and not exists (select from pg_temp.rated_sale) and not exists (select from pg_temp.doubted_day) then
        return 0;
    end if;
    v_rows := analytics.refresh_read(p_tenant_id, p_time_zone);
    -- Of a tenant that more is read of than the planner knows of (analyze_if_grown) it expects a row where thousands are, and
    -- would look for each among all: from here on such rows are gone through once.
    v_is_unknown := exists (
        select from analytics.rollup_state r where r.tenant_id = p_tenant_id and v_rows > 2 * r.analyzed_rows + 500
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
    -- What follows looks visits up by keys of theirs, whatever is said of loops; of an unknown tenant every index that begins
    -- with the tenant looks as good as the right one. Few are found soon enough.
    -- (of marketing and traffic nothing is new yet: these are told of when all is there)
    if v_is_unknown and v_rows > 5000 and analytics.may_analyze() then
        perform analytics.analyze_event_summaries();
    end if;
    return v_rows;
end
$$;
