-- What ads cost on each of the days p_from to p_to, of all platforms or of some; days without data are zeros.
create or replace function analytics.get_spend_trend(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    dt date, spend numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select p_from + g.n, round(coalesce(sum(d.spend), 0), 2)
    from generate_series(0, p_to - p_from) as g (n)
    left join analytics.platform_day d
        on d.tenant_id = p_tenant_id and d.day = p_from + g.n and d.day between p_from and p_to
        and (p_platforms is null or d.platform = any(p_platforms))
    group by 1
    order by 1;
end
$$;
