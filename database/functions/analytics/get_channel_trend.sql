-- A channel's leads, what its ads cost, what the leads brought, and its visits on each of the days p_from to p_to; days
-- without data are zeros. Which ads are its own the caller says, a platform and a campaign_ref each: get_channel_campaigns
-- tells.
create or replace function analytics.get_channel_trend(
    p_tenant_id uuid, p_from date, p_to date, p_channel text, p_platforms text[], p_campaign_refs text[]
)
returns table (
    dt date, leads bigint, spend numeric, revenue numeric, sessions bigint
)
language plpgsql stable
-- (campaigns' rows of a day lie together: page by page, of all of a platform at once)
set enable_indexscan = off
as $$
#variable_conflict use_column
begin
    return query
    select p_from + g.n, coalesce(t.leads, 0), round(coalesce(a.spend, 0), 2), round(coalesce(t.revenue, 0), 2),
        coalesce(v.sessions, 0)
    from generate_series(0, p_to - p_from) as g (n)
    left join analytics.lead_channel_day t
        on t.tenant_id = p_tenant_id and t.day = p_from + g.n and t.day between p_from and p_to and t.channel = p_channel
    left join (
        select d.day, sum(d.spend) as spend
        from (
            select p.platform, array_agg(p.campaign_ref) as refs
            from unnest(p_platforms, p_campaign_refs) as p (platform, campaign_ref)
            group by p.platform
        ) o
        cross join lateral (
            select r.day, r.spend
            from analytics.v6_campaign_roi_daily r
            where r.tenant_id = p_tenant_id and r.platform = o.platform and r.campaign_ref = any(o.refs)
                and r.day between p_from and p_to
            offset 0
        ) d
        group by d.day
    ) a on a.day = p_from + g.n
    left join analytics.traffic_day v
        on v.tenant_id = p_tenant_id and v.day = p_from + g.n and v.day between p_from and p_to and v.channel = p_channel
    order by 1;
end
$$;
