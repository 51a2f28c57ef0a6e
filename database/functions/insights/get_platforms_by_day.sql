-- Series by the day of ads and the leads that they brought, of the company and of each platform, for
-- insights.get_daily_series; as insights.get_traffic_by_day.
create or replace function insights.get_platforms_by_day(p_tenant_id uuid, p_from date, p_to date)
returns table (
    metric text, dimension text, member text, places integer[], amounts float8[], size numeric, is_series boolean,
    needed_by text[]
)
language plpgsql stable
as $$
begin
    return query
    with reported as materialized (
        select t.platform, t.day, t.leads, t.contracts, t.revenue, t.spend, t.impressions, t.clicks
        from analytics.platform_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
    ),
    member as (
        select
            t.dimension, t.member, array_agg(t.day - p_from) as places, array_agg(t.leads::float8) as leads,
            array_agg(t.contracts::float8) as contracts, array_agg(t.revenue::float8) as revenue,
            array_agg(t.spend::float8) as spend, array_agg(t.impressions::float8) as impressions,
            array_agg(t.clicks::float8) as clicks, sum(t.leads) as all_leads, sum(t.contracts) as all_contracts,
            sum(abs(t.revenue)) as all_revenue, sum(abs(t.spend)) as all_spend, sum(t.impressions) as all_impressions,
            sum(t.clicks) as all_clicks
        from (
            select
                'company' as dimension, '' as member, r.day, sum(r.leads) as leads, sum(r.contracts) as contracts,
                sum(r.revenue) as revenue, sum(r.spend) as spend, sum(r.impressions) as impressions, sum(r.clicks) as clicks
            from reported r
            group by r.day
            union all
            select 'platform', r.platform, r.day, r.leads, r.contracts, r.revenue, r.spend, r.impressions, r.clicks
            from reported r
        ) t
        group by t.dimension, t.member
    )
    select v.metric, m.dimension, m.member, m.places, v.amounts, v.size, v.is_series, v.needed_by
    from member m
    cross join lateral (
        values
        ('leads', m.leads, m.all_leads, true, '{spend}'::text[]),
        ('contracts', m.contracts, m.all_contracts, true, '{spend, leads}'),
        ('lead_revenue', m.revenue, m.all_revenue, true, '{spend}'), ('spend', m.spend, m.all_spend, true, '{}'),
        ('impressions', m.impressions, m.all_impressions, false, '{spend}'),
        ('clicks', m.clicks, m.all_clicks, false, '{spend}')
    ) as v (metric, amounts, size, is_series, needed_by);
end
$$;
