-- Series by the day of each branch's traffic, and the company's searches without a result, for
-- insights.get_daily_series; as insights.get_traffic_by_day.
create or replace function insights.get_branches_by_day(p_tenant_id uuid, p_from date, p_to date)
returns table (
    metric text, dimension text, member text, places integer[], amounts float8[], size numeric, is_series boolean,
    needed_by text[]
)
language plpgsql stable
as $$
begin
    return query
    with branch as (
        select
            t.location_id, array_agg(t.day - p_from) as places, array_agg(t.sessions::float8) as sessions,
            array_agg(t.purchases::float8) as purchases, array_agg(t.revenue::float8) as revenue,
            array_agg(t.failed_searches::float8) as failed, array_agg(t.bought_sessions::float8) as bought_sessions,
            sum(t.bought_sessions) as all_bought_sessions, sum(t.sessions) as all_sessions,
            sum(t.purchases) as all_purchases, sum(abs(t.revenue)) as all_revenue, sum(t.failed_searches) as all_failed
        from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by t.location_id
    )
    select
        v.metric, case b.location_id when '' then 'company' else 'branch' end, b.location_id, b.places, v.amounts, v.size,
        v.is_series, v.needed_by
    from branch b
    cross join lateral (
        values
        ('sessions', b.sessions, b.all_sessions, true, '{}'::text[]),
        ('purchases', b.purchases, b.all_purchases, true, '{}'),
        ('revenue', b.revenue, b.all_revenue, true, '{}'),
        ('failed_searches', b.failed, b.all_failed, true, '{}'),
        ('bought_sessions', b.bought_sessions, b.all_bought_sessions, false, '{sessions}')
    ) as v (metric, amounts, size, is_series, needed_by)
    where b.location_id <> '' or v.metric = 'failed_searches';
end
$$;
