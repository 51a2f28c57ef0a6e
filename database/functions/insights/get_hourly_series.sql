-- A tenant's p_most largest series by the hour, of the instants from p_from to before p_to: of the company and of each
-- channel. places are hours since p_from, in any order, of those that have a row. Otherwise as
-- insights.get_daily_series.
create or replace function insights.get_hourly_series(
    p_tenant_id uuid, p_from timestamptz, p_to timestamptz, p_most integer
)
returns table (
    metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[], is_part boolean
)
language plpgsql stable
as $$
begin
    return query
    with visited as materialized (
        select
            floor(date_part('epoch', t.hour - p_from) / 3600)::integer as place, t.channel, t.sessions, t.bought_sessions,
            t.purchases, t.revenue
        from analytics.traffic_hour t
        where t.tenant_id = p_tenant_id and t.hour >= p_from and t.hour < p_to
    ),
    leads as (
        select
            case grouping(t.channel) when 1 then 'company' else 'channel' end as dimension, coalesce(t.channel, '') as member,
            u.hour, sum(u.leads) as leads
        from analytics.lead_hour t
        cross join lateral unnest(t.hours, t.leads) as u (hour, leads)
        where
            t.tenant_id = p_tenant_id
            -- A tenant's day begins at most a day before or after that of UTC.
            and t.day >= (p_from at time zone 'UTC')::date - 1 and t.day <= (p_to at time zone 'UTC')::date + 1
            and u.hour >= p_from and u.hour < p_to
        group by grouping sets ((u.hour), (u.hour, t.channel))
    ),
    traffic_of as (
        select
            t.dimension, t.member, array_agg(t.place) as places, array_agg(t.sessions::float8) as sessions,
            array_agg(t.purchases::float8) as purchases, array_agg(t.revenue::float8) as revenue,
            array_agg(t.bought_sessions::float8) as bought_sessions, sum(t.bought_sessions) as all_bought_sessions,
            sum(t.sessions) as all_sessions, sum(t.purchases) as all_purchases, sum(abs(t.revenue)) as all_revenue
        from (
            select 'channel' as dimension, v.channel as member, v.place, v.sessions, v.purchases, v.revenue, v.bought_sessions
            from visited v
            union all
            select
                'company', '', v.place, sum(v.sessions)::bigint, sum(v.purchases)::bigint, sum(v.revenue),
                sum(v.bought_sessions)::bigint
            from visited v
            group by v.place
        ) t
        group by t.dimension, t.member
    ),
    series as (
        select v.metric, t.dimension, t.member, t.places, v.amounts, v.size
        from traffic_of t
        cross join lateral (
            values
            ('sessions', t.sessions, t.all_sessions), ('purchases', t.purchases, t.all_purchases),
            ('revenue', t.revenue, t.all_revenue)
        ) as v (metric, amounts, size)
        union all
        select
            'leads', t.dimension, t.member, array_agg(floor(extract(epoch from t.hour - p_from) / 3600)::integer),
            array_agg(t.leads::float8), sum(t.leads)
        from leads t
        group by t.dimension, t.member
    ),
    ranked as (
        select s.*
        from (
            select
                s.*,
                s.size / nullif(max(s.size) filter (where s.dimension = 'company') over (partition by s.metric), 0) as share
            from series s
            where s.size > 0
        ) s
        order by s.dimension = 'company' desc, s.share desc nulls last, s.metric, s.dimension, s.member
        limit p_most
    ),
    read as (
        select r.metric, r.dimension, r.member, r.places, r.amounts, r.share, false as is_part
        from ranked r
        union all
        select 'bought_sessions', t.dimension, t.member, t.places, t.bought_sessions, null, true
        from traffic_of t
        where
            t.all_bought_sessions > 0
            and exists (
                select from ranked r
                where r.metric = 'sessions' and r.dimension = t.dimension and r.member = t.member
            )
    )
    select r.metric, r.dimension, r.member, r.member, r.places, r.amounts, r.is_part
    from read r
    order by r.is_part, r.dimension = 'company' desc, r.share desc nulls last, r.metric, r.dimension, r.member;
end
$$;
