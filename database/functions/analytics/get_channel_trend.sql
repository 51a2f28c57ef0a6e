-- A channel's leads, what its ads cost, what the leads brought, and its visits on each of the days p_from to p_to; days
-- without data are zeros. The caller says which ads belong to it, a platform and a campaign_ref each:
-- get_channel_campaigns returns them. If most campaigns of a platform belong to it, their spend is the platform's less
-- that of the others.
create or replace function analytics.get_channel_trend(
    p_tenant_id uuid, p_from date, p_to date, p_channel text, p_platforms text[], p_campaign_refs text[]
)
returns table (
    dt date, leads bigint, spend numeric, revenue numeric, sessions bigint
)
language plpgsql stable
-- A generic plan: for a tenant without statistics a custom one expects one row and may choose any index.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_mostly_own text[] := array(
        select o.platform
        from unnest(p_platforms) as o (platform)
        group by o.platform
        having 2 * count(*) > (
            select count(*) from analytics.campaign c where c.tenant_id = p_tenant_id and c.platform = o.platform
        )
    );
begin
    return query
    with meant as (
        select o.platform, o.campaign_ref, 1 as sign
        from unnest(p_platforms, p_campaign_refs) as o (platform, campaign_ref)
        where o.platform <> all(v_mostly_own)
        union all
        select distinct m.platform, m.campaign_ref, -1
        from analytics.v6_campaign_roi_monthly m
        where m.tenant_id = p_tenant_id and m.month >= date_trunc('month', p_from::timestamp)::date and m.month <= p_to
            and m.platform = any(v_mostly_own)
            and not exists (
                select 1
                from unnest(p_platforms, p_campaign_refs) as o (platform, campaign_ref)
                where o.platform = m.platform and o.campaign_ref = m.campaign_ref
            )
    ),
    spent as (
        select a.day, sum(a.spend) as spend
        from (
            select w.day, w.spend
            from analytics.platform_day w
            where w.tenant_id = p_tenant_id and w.platform = any(v_mostly_own) and w.day between p_from and p_to
            union all
            select d.day, m.sign * d.spend
            from meant m
            cross join lateral (
                select r.day, r.spend
                from analytics.v6_campaign_roi_daily r
                where r.tenant_id = p_tenant_id and r.platform = m.platform and r.campaign_ref = m.campaign_ref
                    and r.day between p_from and p_to
                offset 0
            ) d
        ) a
        group by a.day
    )
    select p_from + g.n, coalesce(t.leads, 0), round(coalesce(s.spend, 0), 2), round(coalesce(t.revenue, 0), 2),
        coalesce(v.sessions, 0)
    from generate_series(0, p_to - p_from) as g (n)
    left join analytics.lead_channel_day t
        on t.tenant_id = p_tenant_id and t.day = p_from + g.n and t.day between p_from and p_to and t.channel = p_channel
    left join spent s on s.day = p_from + g.n
    left join analytics.traffic_day v
        on v.tenant_id = p_tenant_id and v.day = p_from + g.n and v.day between p_from and p_to and v.channel = p_channel
    order by 1;
end
$$;
