-- What each campaign had on the days p_from to p_to, of all platforms or of some, beside its own 30 days before them,
-- and on how many of these it had anything. baseline_length is how many days its baseline is an average of: 30, or the
-- days since it first had anything if that is less. By platform and campaign; what belongs to none is left out.
create or replace function analytics.get_campaign_baselines(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    platform text, campaign_ref text, campaign_name text, leads bigint, spend numeric, baseline_leads bigint,
    baseline_spend numeric, baseline_days bigint, baseline_length integer
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, t.campaign_ref, c.name, t.leads, t.spend, t.baseline_leads, t.baseline_spend, t.baseline_days,
        case
            when t.first_day > p_from - 30 and not exists (
                select from analytics.v6_campaign_roi_daily e
                where e.tenant_id = p_tenant_id and e.platform = t.platform and e.campaign_ref = t.campaign_ref
                    and e.day < p_from - 30
                    and (e.leads <> 0 or e.spend <> 0 or e.impressions <> 0 or e.clicks <> 0)
            ) then p_from - t.first_day
            else 30
        end
    from (
        select r.platform, r.campaign_ref, sum(r.leads)::bigint as leads, sum(r.spend) as spend,
            sum(r.baseline_leads)::bigint as baseline_leads, sum(r.baseline_spend) as baseline_spend,
            count(r.day) as baseline_days, min(r.day) as first_day
        from (
            select x.platform, x.campaign_ref, x.leads, x.spend, 0 as baseline_leads, 0 as baseline_spend,
                null::date as day
            from analytics.campaign_figures_of(p_tenant_id, p_from, p_to, p_platforms) x
            union all
            select d.platform, d.campaign_ref, 0, 0, d.leads, d.spend, d.day
            from analytics.v6_campaign_roi_daily d
            where d.tenant_id = p_tenant_id and d.day between p_from - 30 and p_from - 1
                and (d.leads <> 0 or d.spend <> 0 or d.impressions <> 0 or d.clicks <> 0)
        ) r
        where r.campaign_ref <> '' and (p_platforms is null or r.platform = any(p_platforms))
        group by r.platform, r.campaign_ref
    ) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    order by t.platform collate "C", t.campaign_ref collate "C";
end
$$;
