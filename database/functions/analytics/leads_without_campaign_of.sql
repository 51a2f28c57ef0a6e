-- The leads of the days p_from to p_to that belong to no campaign, of all platforms or of some, by the origin that they
-- name; and why, the first that applies:
-- 'no_utm': no source, no campaign, no id · 'other_platform': the id or name is of a campaign of another platform ·
-- 'no_ads': no ads of their platform were ever reported · 'no_campaign': a source alone · 'unknown_id', 'unknown_name':
-- no campaign of their platform has it (both given: the id).
-- A function of its own, so that rows and totals cannot differ. In SQL, so that the planner can inline it.
create or replace function analytics.leads_without_campaign_of(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[]
)
returns table (
    platform text, utm_source text, utm_campaign text, utm_id text, leads bigint, contracts bigint, revenue numeric,
    platform_has_ads boolean, reason text
)
language sql stable
as $$
with kind as materialized (
    select f.platform, f.utm_source, f.utm_campaign, f.utm_id, sum(f.leads)::bigint as leads,
        sum(f.contracts)::bigint as contracts, round(sum(f.revenue), 2) as revenue
    from analytics.stray_leads_of(p_tenant_id, p_from, p_to) f
    where p_platforms is null or f.platform = any(p_platforms)
    group by f.platform, f.utm_source, f.utm_campaign, f.utm_id
    having sum(f.leads) > 0
),
advertised as materialized (
    select distinct m.platform from analytics.campaign_month m where m.tenant_id = p_tenant_id
),
-- If the lead's own platform had such a word, the lead would have a campaign.
elsewhere as materialized (
    select w.kind, w.word from analytics.campaign_word w where w.tenant_id = p_tenant_id and w.kind in ('id', 'name') and w.word <> ''
)
select k.platform, k.utm_source, k.utm_campaign, k.utm_id, k.leads, k.contracts, k.revenue,
    k.platform in (select a.platform from advertised a),
    case
        when k.utm_source = '' and k.utm_campaign = '' and k.utm_id = '' then 'no_utm'
        when ('id', k.utm_id) in (select e.kind, e.word from elsewhere e)
            or ('name', k.utm_campaign) in (select e.kind, e.word from elsewhere e) then 'other_platform'
        when k.platform not in (select a.platform from advertised a) then 'no_ads'
        when k.utm_campaign = '' and k.utm_id = '' then 'no_campaign'
        when k.utm_id <> '' then 'unknown_id'
        else 'unknown_name'
    end
from kind k
$$;
