-- The campaigns with at least three leads of the days p_from to p_to, of all platforms or of some, and per platform what
-- belongs to none, likewise. By leads, then spend, platform and name.
create or replace function analytics.get_campaign_scatter(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50
)
returns table (
    platform text, campaign_name text, leads bigint, spend numeric, cpl numeric, roas numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, c.name, t.leads, round(t.spend, 2), round(t.spend / t.leads, 2),
        coalesce(round(t.revenue / nullif(t.spend, 0), 2), 0)
    from analytics.campaign_figures_of(p_tenant_id, p_from, p_to, p_platforms) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    where t.leads >= 3
    order by t.leads desc, t.spend desc, t.platform collate "C", c.name collate "C", t.campaign_ref collate "C"
    limit p_limit;
end
$$;
