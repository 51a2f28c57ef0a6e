-- The exact sums of several ranges of days, each of all platforms (null) or of one: ratios of marketing are made of
-- these. A row for each range, in the order in which they were asked. Whole months come from the sums of campaigns, the
-- days at both ends from those of platforms, which are fewer.
create or replace function analytics.get_marketing_totals(
    p_tenant_id uuid, p_from date[], p_to date[], p_platform text[]
)
returns table (leads bigint, contracts bigint, revenue numeric, spend numeric, impressions bigint, clicks bigint)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select coalesce(s.leads, 0)::bigint, coalesce(s.contracts, 0)::bigint, coalesce(s.revenue, 0), coalesce(s.spend, 0),
        coalesce(s.impressions, 0)::bigint, coalesce(s.clicks, 0)::bigint
    from unnest(p_from, p_to, p_platform) with ordinality as a (first_day, last_day, platform, place)
    cross join lateral (
        select analytics.first_whole_month(a.first_day) as first_month, analytics.whole_months_end(a.last_day) as months_end
    ) w
    cross join lateral (
        select sum(x.leads) as leads, sum(x.contracts) as contracts, sum(x.revenue) as revenue, sum(x.spend) as spend,
            sum(x.impressions) as impressions, sum(x.clicks) as clicks
        from (
            select m.platform, m.leads, m.contracts, m.revenue, m.spend, m.impressions, m.clicks
            from analytics.v6_campaign_roi_monthly m
            where m.tenant_id = p_tenant_id and m.month >= w.first_month and m.month < w.months_end
            union all
            select d.platform, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
            from analytics.platform_day d
            where d.tenant_id = p_tenant_id and d.day >= a.first_day and d.day <= a.last_day and d.day < w.first_month
            union all
            select d.platform, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
            from analytics.platform_day d
            where d.tenant_id = p_tenant_id and d.day >= w.first_month and d.day >= w.months_end and d.day <= a.last_day
        ) x
        where a.platform is null or x.platform = a.platform
    ) s
    order by a.place;
end
$$;
