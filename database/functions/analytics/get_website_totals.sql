-- The exact sums of the website on the days p_from to p_to: goals are compared with these. Sessions are those of all
-- channels, as the dashboard counts them, a vendor's included; seen_sessions are those seen here, and bought_sessions
-- those of them with a purchase. For days removed by age, whole months: without additions to carts and searches, with
-- the page views of sessions only, and with seen and bought sessions of the months in which no day's sessions are a
-- vendor's. One row.
create or replace function analytics.get_website_totals(p_tenant_id uuid, p_from date, p_to date)
returns table (
    sessions bigint, seen_sessions bigint, bought_sessions bigint, page_views bigint, add_to_carts bigint,
    searches bigint, purchases bigint, online_revenue numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select (
            select coalesce(sum(c.sessions), 0)::bigint
            from analytics.channel_sessions_of(p_tenant_id, p_from, p_to) c
        ),
        coalesce(sum(x.seen_sessions), 0)::bigint, coalesce(sum(x.bought_sessions), 0)::bigint,
        coalesce(sum(x.page_views), 0)::bigint, coalesce(sum(x.add_to_carts), 0)::bigint,
        coalesce(sum(x.searches), 0)::bigint, coalesce(sum(x.purchases), 0)::bigint, coalesce(sum(x.revenue), 0)
    from (
        select t.sessions as seen_sessions, t.bought_sessions, t.page_views, t.add_to_carts, t.searches, t.purchases,
            t.revenue
        from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.location_id = '' and t.day between p_from and p_to
        union all
        select case when max(m.vendor_days) = 0 then sum(m.sessions) end,
            case when max(m.vendor_days) = 0 then sum(m.bought_sessions) end, sum(m.page_views), 0, 0, sum(m.purchases),
            sum(m.revenue)
        from analytics.traffic_month m
        where m.tenant_id = p_tenant_id
            and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
            and m.month < (select r.days_from from analytics.rollup_state r where r.tenant_id = p_tenant_id)
        group by m.month
    ) x;
end
$$;
