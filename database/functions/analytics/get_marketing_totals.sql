-- The exact sums of several ranges of days, each of all platforms (null) or of one: ratios of marketing are made of
-- these. A row for each range, in the order in which they were asked.
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
        select sum(x.leads) as leads, sum(x.contracts) as contracts, sum(x.revenue) as revenue, sum(x.spend) as spend,
            sum(x.impressions) as impressions, sum(x.clicks) as clicks
        from analytics.platform_figures_of(p_tenant_id, a.first_day, a.last_day) x
        where a.platform is null or x.platform = a.platform
    ) s
    order by a.place;
end
$$;
