-- What the two lists of the UTM audit come to over the days p_from to p_to, of all platforms or of some, beside all spend
-- and leads of these days. One row. campaigns, kinds: rows of get_spend_without_leads, get_leads_without_campaign; their
-- money adds up what those rows say. by_reason: {reason: leads}.
create or replace function analytics.get_utm_audit_totals(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    campaigns bigint, spend_without_leads numeric, spend numeric, kinds bigint, leads_without_campaign bigint,
    leads_without_ads bigint, leads bigint, by_reason jsonb
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    with campaign as (
        select r.campaign_ref, sum(r.spend) as spend, sum(r.leads) as leads
        from analytics.campaign_roi_of(p_tenant_id, p_from, p_to) r
        where p_platforms is null or r.platform = any(p_platforms)
        group by r.platform, r.campaign_ref
    ),
    kind as (
        select l.reason, count(*) as kinds, sum(l.leads) as leads,
            coalesce(sum(l.leads) filter (where not l.platform_has_ads), 0) as without_ads
        from analytics.leads_without_campaign_of(p_tenant_id, p_from, p_to, p_platforms) l
        group by l.reason
    ),
    of_campaigns as (
        select count(*) filter (where c.leads = 0 and c.spend > 0) as campaigns,
            coalesce(sum(round(c.spend, 2)) filter (where c.leads = 0 and c.spend > 0), 0) as idle,
            round(coalesce(sum(c.spend), 0), 2) as spend, coalesce(sum(c.leads), 0)::bigint as leads
        from campaign c
    ),
    of_leads as (
        select coalesce(sum(k.kinds), 0)::bigint as kinds, coalesce(sum(k.leads), 0)::bigint as leads,
            coalesce(sum(k.without_ads), 0)::bigint as without_ads,
            coalesce(jsonb_object_agg(k.reason, k.leads), '{}') as by_reason
        from kind k
    )
    select c.campaigns, c.idle, c.spend, l.kinds, l.leads, l.without_ads, c.leads, l.by_reason
    from of_campaigns c
    cross join of_leads l;
end
$$;
