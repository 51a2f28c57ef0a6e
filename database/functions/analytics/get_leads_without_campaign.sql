-- The leads of the days p_from to p_to that belong to no campaign, by platform and what they say of where they came from
-- (null: nothing), and why (analytics.leads_without_campaign_of). By leads, then platform, source, campaign and id.
create or replace function analytics.get_leads_without_campaign(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50,
    p_offset bigint default 0
)
returns table (
    platform text, utm_source text, utm_campaign text, utm_id text, leads bigint, n_contracts bigint, revenue numeric,
    platform_has_ads boolean, reason text
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select l.platform, nullif(l.utm_source, ''), nullif(l.utm_campaign, ''), nullif(l.utm_id, ''), l.leads, l.contracts,
        l.revenue, l.platform_has_ads, l.reason
    from analytics.leads_without_campaign_of(p_tenant_id, p_from, p_to, p_platforms) l
    order by l.leads desc, l.platform collate "C", l.utm_source collate "C", l.utm_campaign collate "C",
        l.utm_id collate "C"
    limit p_limit offset p_offset;
end
$$;
