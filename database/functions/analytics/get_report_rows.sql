-- The sums of leads and ads of the days p_from to p_to, of all platforms or of some, by the dimensions of a report:
-- days, platforms, campaigns (campaign_ref '': what belongs to none).
create or replace function analytics.get_report_rows(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[], p_by_day boolean, p_by_platform boolean,
    p_by_campaign boolean
)
returns table (
    day date, platform text, campaign_ref text, campaign_name text, leads bigint, contracts bigint, revenue numeric,
    spend numeric, impressions bigint, clicks bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.day, t.platform, t.campaign_ref, c.name, t.leads, t.contracts, round(t.revenue, 2), round(t.spend, 2),
        t.impressions, t.clicks
    from (
        select r.day, case when p_by_platform then r.platform end as platform,
            case when p_by_campaign then r.campaign_ref end as campaign_ref, sum(r.leads)::bigint as leads,
            sum(r.contracts)::bigint as contracts, sum(r.revenue) as revenue, sum(r.spend) as spend,
            sum(r.impressions)::bigint as impressions, sum(r.clicks)::bigint as clicks
        from (
            select d.day, d.platform, d.campaign_ref, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
            from analytics.v6_campaign_roi_daily d
            where p_by_day and d.tenant_id = p_tenant_id and d.day between p_from and p_to
            union all
            select null::date, x.platform, x.campaign_ref, x.leads, x.contracts, x.revenue, x.spend, x.impressions,
                x.clicks
            from analytics.campaign_figures_of(p_tenant_id, p_from, p_to, p_platforms) x
            where not p_by_day
        ) r
        where p_platforms is null or r.platform = any(p_platforms)
        group by 1, 2, 3
    ) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    order by t.day, t.platform collate "C", t.campaign_ref collate "C";
end
$$;
