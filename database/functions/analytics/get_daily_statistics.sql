-- The statistics of each of the days p_from to p_to, of the tenant or of one location; days without data are zeros.
create or replace function analytics.get_daily_statistics(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null
)
returns table (
    dt date, revenue numeric, purchases bigint, visitors bigint, sessions bigint, page_views bigint,
    add_to_carts bigint, abandoned_carts bigint, abandoned_value numeric, searches bigint, failed_searches bigint,
    repeat_visitors bigint, conversion_rate numeric, average_order_value numeric
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    select d.day, round(coalesce(t.revenue, 0), 2), coalesce(t.purchases, 0),
        coalesce(t.fresh[1], 0)::bigint, coalesce(t.sessions, 0), coalesce(t.page_views, 0),
        coalesce(t.add_to_carts, 0), coalesce(t.abandoned_carts, 0), coalesce(t.abandoned_value, 0),
        coalesce(t.searches, 0), coalesce(t.failed_searches, 0),
        coalesce(t.second[1], 0)::bigint,
        case when t.sessions > 0 then round(100.0 * t.bought_sessions / t.sessions, 1) else 0 end,
        case when t.purchases > 0 then round(t.revenue / t.purchases, 2) else 0 end
    from (select p_from + g.n as day from generate_series(0, p_to - p_from) as g (n)) d
    left join analytics.day_total t
        on t.tenant_id = p_tenant_id and t.location_id = coalesce(p_location_id, '') and t.day = d.day
            and t.day between p_from and p_to
    order by d.day;
end
$$;
