-- The exact sums of every campaign of the days p_from to p_to, of all platforms or of some, and per platform of what
-- belongs to none (campaign_ref ''): campaigns are judged by these. By platform and campaign.
create or replace function analytics.get_campaign_totals(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    platform text, campaign_ref text, campaign_name text, leads bigint, contracts bigint, revenue numeric, spend numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, t.campaign_ref, c.name, t.leads, t.contracts, t.revenue, t.spend
    from analytics.campaign_figures_of(p_tenant_id, p_from, p_to, p_platforms) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    order by t.platform collate "C", t.campaign_ref collate "C";
end
$$;
