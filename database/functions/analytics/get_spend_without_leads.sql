-- The campaigns of the days p_from to p_to that cost something and have no lead of these days, of all platforms or of some.
-- By spend, then platform and name; two campaigns of one name are two rows.
create or replace function analytics.get_spend_without_leads(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50,
    p_offset bigint default 0
)
returns table (
    platform text, campaign_id text, campaign_name text, spend numeric, impressions bigint, clicks bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, c.external_id, c.name, round(t.spend, 2), t.impressions, t.clicks
    from (
        select r.platform, r.campaign_ref, sum(r.spend) as spend, sum(r.impressions)::bigint as impressions,
            sum(r.clicks)::bigint as clicks
        from analytics.campaign_roi_of(p_tenant_id, p_from, p_to) r
        where p_platforms is null or r.platform = any(p_platforms)
        group by r.platform, r.campaign_ref
        having sum(r.leads) = 0 and sum(r.spend) > 0
    ) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    order by t.spend desc, t.platform collate "C", c.name collate "C", t.campaign_ref collate "C"
    limit p_limit offset p_offset;
end
$$;
