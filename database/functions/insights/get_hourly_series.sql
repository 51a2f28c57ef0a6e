-- A tenant's p_most largest series by the hour, of the instants from p_from to before p_to: of the company and of each
-- channel. places are hours since p_from, of those that have a row. As insights.get_daily_series otherwise.
create or replace function insights.get_hourly_series(
    p_tenant_id uuid, p_from timestamptz, p_to timestamptz, p_most integer
)
returns table (metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[])
language plpgsql stable
as $$
begin
    return query
    with traffic as (
        select
            case grouping(t.channel) when 1 then 'company' else 'channel' end as dimension, coalesce(t.channel, '') as member,
            t.hour, sum(t.sessions) as sessions, sum(t.purchases) as purchases, sum(t.revenue) as revenue
        from analytics.traffic_hour t
        where t.tenant_id = p_tenant_id and t.hour >= p_from and t.hour < p_to
        group by grouping sets ((t.hour), (t.hour, t.channel))
    ),
    leads as (
        select
            case grouping(t.channel) when 1 then 'company' else 'channel' end as dimension, coalesce(t.channel, '') as member,
            u.hour, sum(u.leads) as leads
        from analytics.lead_hour t
        cross join lateral unnest(t.hours, t.leads) as u (hour, leads)
        where
            t.tenant_id = p_tenant_id
            -- (a tenant's day begins at most a day before or after that of UTC)
            and t.day >= (p_from at time zone 'UTC')::date - 1 and t.day <= (p_to at time zone 'UTC')::date + 1
            and u.hour >= p_from and u.hour < p_to
        group by grouping sets ((u.hour), (u.hour, t.channel))
    ),
    told as (
        select v.metric, t.dimension, t.member, t.hour, v.amount
        from traffic t
        cross join lateral (
            values ('sessions', t.sessions::float8), ('purchases', t.purchases::float8), ('revenue', t.revenue::float8)
        ) as v (metric, amount)
        union all
        select 'leads', t.dimension, t.member, t.hour, t.leads::float8
        from leads t
    ),
    series as (
        select
            t.metric, t.dimension, t.member,
            array_agg(floor(extract(epoch from t.hour - p_from) / 3600)::integer order by t.hour) as places,
            array_agg(t.amount order by t.hour) as amounts, sum(abs(t.amount)) as size
        from told t
        group by t.metric, t.dimension, t.member
        having bool_or(t.amount <> 0)
    )
    select s.metric, s.dimension, s.member, s.member, s.places, s.amounts
    from (
        select
            s.*,
            s.size / nullif(max(s.size) filter (where s.dimension = 'company') over (partition by s.metric), 0) as share
        from series s
    ) s
    order by s.dimension = 'company' desc, s.share desc nulls last, s.metric, s.dimension, s.member
    limit p_most;
end
$$;
