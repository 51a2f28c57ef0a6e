-- Series by the day of a tenant's traffic, of the company and of each channel, for insights.get_daily_series. A row is a
-- series; places are days since p_from. size is the sum of its known amounts, needed_by as in get_daily_series.
create or replace function insights.get_traffic_by_day(p_tenant_id uuid, p_from date, p_to date)
returns table (
    metric text, dimension text, member text, places integer[], amounts float8[], size numeric, is_series boolean,
    needed_by text[]
)
language plpgsql stable
as $$
begin
    return query
    with visited as materialized (
        -- Of days that only the vendor reported, sessions alone are known.
        select t.day, t.channel, t.sessions, t.bought_sessions, t.purchases, t.revenue, t.told_by_vendor
        from analytics.traffic_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
    ),
    member as (
        select
            t.dimension, t.member, array_agg(t.day - p_from) as places, array_agg(t.sessions::float8) as sessions,
            array_agg(case when t.told_by_vendor then 'NaN' else t.purchases::float8 end) as purchases,
            array_agg(case when t.told_by_vendor then 'NaN' else t.revenue::float8 end) as revenue,
            array_agg(case when t.told_by_vendor then 'NaN' else t.bought_sessions::float8 end) as bought_sessions,
            sum(t.bought_sessions) filter (where not t.told_by_vendor) as all_bought_sessions,
            sum(t.sessions) as all_sessions, sum(t.purchases) filter (where not t.told_by_vendor) as all_purchases,
            sum(abs(t.revenue)) filter (where not t.told_by_vendor) as all_revenue
        from (
            select
                'channel' as dimension, v.channel as member, v.day, v.sessions, v.bought_sessions, v.purchases, v.revenue,
                v.told_by_vendor
            from visited v
            union all
            select
                'company', '', v.day, sum(v.sessions)::bigint, sum(v.bought_sessions)::bigint, sum(v.purchases)::bigint,
                sum(v.revenue), bool_or(v.told_by_vendor)
            from visited v
            group by v.day
        ) t
        group by t.dimension, t.member
    )
    select v.metric, m.dimension, m.member, m.places, v.amounts, v.size, v.is_series, v.needed_by
    from member m
    cross join lateral (
        values
        ('sessions', m.sessions, m.all_sessions, true, '{}'::text[]),
        ('purchases', m.purchases, m.all_purchases, true, '{}'),
        ('revenue', m.revenue, m.all_revenue, true, '{}'),
        ('bought_sessions', m.bought_sessions, m.all_bought_sessions, false, '{sessions}')
    ) as v (metric, amounts, size, is_series, needed_by);
end
$$;
