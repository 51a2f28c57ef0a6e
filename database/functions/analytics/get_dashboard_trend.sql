-- Leads, what ads cost, what the leads brought, and visits on each of the days p_from to p_to; days without data are
-- zeros.
create or replace function analytics.get_dashboard_trend(p_tenant_id uuid, p_from date, p_to date)
returns table (
    dt date, leads bigint, spend numeric, revenue numeric, sessions bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select p_from + g.n, coalesce(t.leads, 0), round(coalesce(t.spend, 0), 2), round(coalesce(t.revenue, 0), 2),
        coalesce(v.sessions, 0)
    from generate_series(0, p_to - p_from) as g (n)
    left join (
        select d.day, sum(d.leads)::bigint as leads, sum(d.spend) as spend, sum(d.revenue) as revenue
        from analytics.platform_day d
        where d.tenant_id = p_tenant_id and d.day between p_from and p_to
        group by d.day
    ) t on t.day = p_from + g.n
    left join (
        select d.day, sum(d.sessions)::bigint as sessions
        from analytics.traffic_day d
        where d.tenant_id = p_tenant_id and d.day between p_from and p_to
        group by d.day
    ) v on v.day = p_from + g.n
    order by 1;
end
$$;
