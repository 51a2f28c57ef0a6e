-- Leads, what ads cost, what the leads brought, and visits on each of the days p_from to p_to; days without data are zeros.
-- Before them a row without a day: what get_marketing_kpi says of all of them (visits null).
create or replace function analytics.get_dashboard_trend(p_tenant_id uuid, p_from date, p_to date)
returns table (
    dt date, leads bigint, spend numeric, revenue numeric, sessions bigint, n_contracts bigint, cpl numeric, roas numeric
)
language plpgsql stable
-- A day's platforms are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
begin
    return query
    with told as (
        select d.day, sum(d.leads)::bigint as leads, sum(d.spend) as spend, sum(d.revenue) as revenue
        from analytics.platform_day d
        where d.tenant_id = p_tenant_id and d.day between p_from and p_to
        group by d.day
    ),
    whole as (
        select coalesce(sum(f.leads), 0)::bigint as leads, coalesce(sum(f.contracts), 0)::bigint as contracts,
            coalesce(sum(f.spend), 0) as spend, coalesce(sum(f.revenue), 0) as revenue
        from analytics.platform_figures_of(p_tenant_id, p_from, p_to) f
    )
    select null::date, w.leads, round(w.spend, 2), round(w.revenue, 2), null::bigint, w.contracts,
        coalesce(round(w.spend / nullif(w.leads, 0), 2), 0), coalesce(round(w.revenue / nullif(w.spend, 0), 2), 0)
    from whole w
    union all
    select p_from + g.n, coalesce(t.leads, 0), round(coalesce(t.spend, 0), 2), round(coalesce(t.revenue, 0), 2),
        coalesce(v.sessions, 0), null, null, null
    from generate_series(0, p_to - p_from) as g (n)
    left join told t on t.day = p_from + g.n
    left join (
        select d.day, sum(d.sessions)::bigint as sessions
        from analytics.traffic_day d
        where d.tenant_id = p_tenant_id and d.day between p_from and p_to
        group by d.day
    ) v on v.day = p_from + g.n
    order by 1 nulls first;
end
$$;
