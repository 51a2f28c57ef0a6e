-- The statistics of the days p_from to p_to and of the equally long period before, of the tenant or of one location:
-- two rows, period 'current' and 'previous'. Visitors and repeat visitors of a range are sums over its days of fresh and
-- second (table day_total); those of a location are counted. unconverted: {currency: amount} that no sum includes, and on
-- which days.
create or replace function analytics.get_complete_dashboard_data(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null
)
returns table (
    period text, start_date date, end_date date, revenue numeric, purchases bigint, visitors bigint, sessions bigint,
    page_views bigint, add_to_carts bigint, abandoned_carts bigint, abandoned_value numeric, searches bigint,
    failed_searches bigint, repeat_visitors bigint, conversion_rate numeric, average_order_value numeric,
    unconverted_rows bigint, unconverted jsonb, unconverted_days date[]
)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    v_days integer := p_to - p_from + 1;
    v_location text := coalesce(p_location_id, '');
begin
    return query
    with span as (
        select 'current' as period, p_from as a, p_to as b
        union all
        select 'previous', p_from - v_days, p_from - 1
    ),
    summed as (
        select s.period,
            sum(t.revenue) as revenue, sum(t.purchases) as purchases, sum(t.sessions) as sessions,
            sum(t.bought_sessions) as bought_sessions, sum(t.page_views) as page_views,
            sum(t.add_to_carts) as add_to_carts, sum(t.abandoned_carts) as abandoned_carts,
            sum(t.abandoned_value) as abandoned_value, sum(t.searches) as searches,
            sum(t.failed_searches) as failed_searches, sum(t.foreign_rows) as foreign_rows,
            array_agg(t.day order by t.day) filter (where t.foreign_rows > 0) as foreign_days,
            sum(t.fresh[least(t.day - s.a + 1, cardinality(t.fresh))]) as visitors,
            sum(t.second[least(t.day - s.a + 1, cardinality(t.second))]) as repeat_visitors
        from span s
        inner join analytics.day_total t
            on t.tenant_id = p_tenant_id and t.location_id = v_location and t.day between s.a and s.b
        group by 1
    ),
    at_location as (
        select s.period, v.visitors, r.repeat_visitors
        from span s
        cross join lateral analytics.visitors_of_location(p_tenant_id, p_location_id, s.a, s.b) v
        cross join lateral analytics.repeat_visitors_of_location(p_tenant_id, p_location_id, s.a, s.b) r
        where p_location_id is not null
    )
    select s.period, s.a, s.b, round(coalesce(x.revenue, 0), 2), coalesce(x.purchases, 0)::bigint,
        coalesce(l.visitors, x.visitors, 0)::bigint, coalesce(x.sessions, 0)::bigint,
        coalesce(x.page_views, 0)::bigint, coalesce(x.add_to_carts, 0)::bigint,
        coalesce(x.abandoned_carts, 0)::bigint, coalesce(x.abandoned_value, 0), coalesce(x.searches, 0)::bigint,
        coalesce(x.failed_searches, 0)::bigint, coalesce(l.repeat_visitors, x.repeat_visitors, 0)::bigint,
        case when x.sessions > 0 then round(100.0 * x.bought_sessions / x.sessions, 1) else 0 end,
        case when x.purchases > 0 then round(x.revenue / x.purchases, 2) else 0 end,
        coalesce(x.foreign_rows, 0)::bigint,
        case when x.foreign_rows > 0 then analytics.unconverted_amounts(p_tenant_id, v_location, s.a, s.b) end,
        coalesce(x.foreign_days, '{}')
    from span s
    left join summed x on x.period = s.period
    left join at_location l on l.period = s.period
    order by s.period;
end
$$;
