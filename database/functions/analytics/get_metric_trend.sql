-- The figures of ads and their leads on each of the days p_from to p_to, of all platforms or of some; days without data
-- are zeros.
create or replace function analytics.get_metric_trend(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    dt date, leads bigint, clicks bigint, impressions bigint, spend numeric, cpl numeric, cpc numeric, ctr numeric,
    cpm numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select p_from + g.n, coalesce(t.leads, 0)::bigint, coalesce(t.clicks, 0)::bigint,
        coalesce(t.impressions, 0)::bigint, round(coalesce(t.spend, 0), 2),
        coalesce(round(t.spend / nullif(t.leads, 0), 2), 0), coalesce(round(t.spend / nullif(t.clicks, 0), 2), 0),
        coalesce(round(100.0 * t.clicks / nullif(t.impressions, 0), 2), 0),
        coalesce(round(1000 * t.spend / nullif(t.impressions, 0), 2), 0)
    from generate_series(0, p_to - p_from) as g (n)
    left join (
        select d.day, sum(d.leads) as leads, sum(d.clicks) as clicks, sum(d.impressions) as impressions,
            sum(d.spend) as spend
        from analytics.platform_day d
        where d.tenant_id = p_tenant_id and d.day between p_from and p_to
            and (p_platforms is null or d.platform = any(p_platforms))
        group by d.day
    ) t on t.day = p_from + g.n
    order by 1;
end
$$;
