-- The campaigns of the days p_from to p_to, of all platforms or of some, and a row without a name per platform for what
-- belongs to none. By spend, then leads, platform and name; two campaigns of one name are two rows.
create or replace function analytics.get_campaigns(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50
)
returns table (
    platform text, campaign_name text, leads bigint, n_contracts bigint, revenue numeric, spend numeric, cpl numeric,
    roas numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, c.name, t.leads, t.contracts, round(t.revenue, 2), round(t.spend, 2),
        coalesce(round(t.spend / nullif(t.leads, 0), 2), 0), coalesce(round(t.revenue / nullif(t.spend, 0), 2), 0)
    from analytics.campaign_figures_of(p_tenant_id, p_from, p_to, p_platforms) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    order by t.spend desc, t.leads desc, t.platform collate "C", c.name collate "C", t.campaign_ref collate "C"
    limit p_limit;
end
$$;
