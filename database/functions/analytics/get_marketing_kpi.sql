-- What leads of the days p_from to p_to brought, of all platforms or of some, beside what ads cost. One row.
-- unconverted: {currency: amount} of contracts and ads that no sum includes, of unconverted_rows rows, because the
-- rates of unconverted_days are missing.
create or replace function analytics.get_marketing_kpi(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    leads bigint, n_contracts bigint, revenue numeric, spend numeric, cpl numeric, roas numeric,
    unconverted_rows bigint, unconverted jsonb, unconverted_days date[]
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    with total as (
        select coalesce(sum(d.leads), 0)::bigint as leads, coalesce(sum(d.contracts), 0)::bigint as contracts,
            coalesce(sum(d.revenue), 0) as revenue, coalesce(sum(d.spend), 0) as spend
        from analytics.platform_figures_of(p_tenant_id, p_from, p_to) d
        where p_platforms is null or d.platform = any(p_platforms)
    )
    select t.leads, t.contracts, round(t.revenue, 2), round(t.spend, 2),
        coalesce(round(t.spend / nullif(t.leads, 0), 2), 0), coalesce(round(t.revenue / nullif(t.spend, 0), 2), 0),
        u.unconverted_rows, u.unconverted, u.unconverted_days
    from total t
    cross join analytics.unconverted_of(p_tenant_id, p_from, p_to, p_platforms) u;
end
$$;
