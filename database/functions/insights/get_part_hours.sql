-- Series by the hour, of the tenant's days from p_from to p_to, of branches and campaigns: only of those that have
-- p_an_hour an hour and more, at most p_most, the largest shares first. places are hours since p_since, as in
-- insights.get_hourly_series; the caller leaves out what lies beyond its end. These hours are not stored: they are
-- counted from visits, orders and leads, once the days show for whom that is worth it.
create or replace function insights.get_part_hours(
    p_tenant_id uuid, p_since timestamptz, p_from date, p_to date, p_an_hour float8, p_most integer
)
returns table (metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[])
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
    v_least float8 := p_an_hour * 24 * (p_to - p_from + 1);
    v_visited text[] := array(
        select t.location_id from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to and t.location_id <> ''
        group by t.location_id having sum(t.sessions) >= v_least
    );
    v_bought text[] := array(
        select t.location_id from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to and t.location_id = any(v_visited)
        group by t.location_id having sum(t.purchases) >= v_least
    );
    v_campaigns text[] := array(
        select t.platform || ' ' || t.campaign_ref from analytics.v6_campaign_roi_daily t
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to and t.campaign_ref <> ''
        group by t.platform, t.campaign_ref having sum(t.leads) >= v_least
    );
    v_has_leads boolean := coalesce((
        select sum(u.leads) >= v_least
        from analytics.lead_hour t cross join lateral unnest(t.leads) as u (leads)
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to
    ), false);
begin
    return query
    -- Materialized, because reading all visits of the days in order is faster than reading those of a few branches one
    -- by one.
    with visits as materialized (
        select
            s.location_id as member, date_bin('1 hour', s.first_ts, p_since) as hour, count(*)::float8 as sessions
        from analytics.session s
        where
            cardinality(v_visited) > 0 and s.tenant_id = p_tenant_id and s.day between p_from and p_to
        group by 1, 2
    ),
    orders as materialized (
        select
            s.location_id as member, date_bin('1 hour', s.event_ts, p_since) as hour, count(*)::float8 as purchases,
            coalesce(sum(s.value), 0)::float8 as revenue
        from analytics.sale s
        where
            cardinality(v_bought) > 0 and s.tenant_id = p_tenant_id and s.day between p_from and p_to
        group by 1, 2
    ),
    asked as (
        select
            case grouping(f.branch) when 0 then 'branch' else 'campaign' end as dimension, coalesce(f.branch, f.campaign) as member,
            f.hour, count(*)::float8 as leads
        from (
            select
                l.hour, l.location_id as branch,
                case when cardinality(v_campaigns) > 0 and l.campaign_ref <> '' then l.platform || ' ' || l.campaign_ref end
                    as campaign
            from analytics.fact_leads l
            where
                v_has_leads and l.tenant_id = p_tenant_id and l.day between p_from and p_to and l.hour is not null
        ) f
        group by grouping sets ((f.hour, f.branch), (f.hour, f.campaign))
    ),
    series as (
        select
            v.metric, 'branch' as dimension, o.member, array_agg(o.hour) as hours, array_agg(v.amount) as amounts,
            sum(v.amount) as size
        from orders o
        cross join lateral (values ('purchases', o.purchases), ('revenue', o.revenue)) as v (metric, amount)
        where o.member = any(v_bought)
        group by v.metric, o.member
        union all
        select 'sessions', 'branch', v.member, array_agg(v.hour), array_agg(v.sessions), sum(v.sessions)
        from visits v
        where v.member = any(v_visited)
        group by v.member
        union all
        select 'leads', a.dimension, a.member, array_agg(a.hour), array_agg(a.leads), sum(a.leads)
        from asked a
        where a.member is not null
        group by a.dimension, a.member
        having sum(a.leads) >= v_least
    )
    select
        s.metric, s.dimension, s.member,
        coalesce(
            case s.dimension
                when 'branch' then (
                    select l.location_name from data.locations l
                    where l.tenant_id = p_tenant_id and l.location_id = s.member
                )
                else (
                    select c.name from analytics.campaign c
                    where
                        c.tenant_id = p_tenant_id and c.platform = split_part(s.member, ' ', 1)
                        and c.campaign_ref = substr(s.member, strpos(s.member, ' ') + 1)
                )
            end,
            s.member
        ),
        array(select floor(extract(epoch from h.hour - p_since) / 3600)::integer from unnest(s.hours) as h (hour)), s.amounts
    from (select s.*, s.size / sum(s.size) over (partition by s.metric) as share from series s where s.size > 0) s
    order by s.share desc, s.metric, s.dimension, s.member
    limit p_most;
end
$$;
