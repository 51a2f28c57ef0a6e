-- Series by the day of these campaigns ('platform ref') and the leads that they brought, for insights.get_daily_series;
-- as insights.get_traffic_by_day.
create or replace function insights.get_campaigns_by_day(p_tenant_id uuid, p_from date, p_to date, p_campaigns text[])
returns table (
    metric text, dimension text, member text, places integer[], amounts float8[], size numeric, is_series boolean,
    needed_by text[]
)
language plpgsql stable
as $$
begin
    return query
    with campaign as (
        select
            c.member, array_agg(d.day - p_from) as places, array_agg(d.leads::float8) as leads,
            array_agg(d.contracts::float8) as contracts, array_agg(d.revenue::float8) as revenue,
            array_agg(d.spend::float8) as spend, array_agg(d.impressions::float8) as impressions,
            array_agg(d.clicks::float8) as clicks, sum(d.leads) as all_leads, sum(d.contracts) as all_contracts,
            sum(abs(d.revenue)) as all_revenue, sum(abs(d.spend)) as all_spend, sum(d.impressions) as all_impressions,
            sum(d.clicks) as all_clicks
        from unnest(p_campaigns) as c (member)
        -- One campaign at a time by the primary key; a plain join might read the days of all.
        cross join lateral (
            select t.day, t.leads, t.contracts, t.revenue, t.spend, t.impressions, t.clicks
            from analytics.v6_campaign_roi_daily t
            where
                t.tenant_id = p_tenant_id and t.platform = split_part(c.member, ' ', 1)
                and t.campaign_ref = substr(c.member, strpos(c.member, ' ') + 1) and t.day >= p_from and t.day < p_to
            offset 0
        ) d
        group by c.member
    )
    select v.metric, 'campaign', c.member, c.places, v.amounts, v.size, v.is_series, v.needed_by
    from campaign c
    cross join lateral (
        values
        ('leads', c.leads, c.all_leads, true, '{spend}'::text[]),
        ('contracts', c.contracts, c.all_contracts, true, '{spend, leads}'),
        ('lead_revenue', c.revenue, c.all_revenue, true, '{spend}'), ('spend', c.spend, c.all_spend, true, '{}'),
        ('impressions', c.impressions, c.all_impressions, false, '{spend}'),
        ('clicks', c.clicks, c.all_clicks, false, '{spend}')
    ) as v (metric, amounts, size, is_series, needed_by);
end
$$;
