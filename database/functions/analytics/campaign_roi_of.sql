-- What campaigns had on the days p_from to p_to; campaign_ref '': what belongs to none.
-- Of whole months from their sums, of the days at both ends one by one: several rows of one key, which the caller adds
-- up. In SQL, and without settings of its own, so that the planner sees through it.
create or replace function analytics.campaign_roi_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, campaign_ref text, leads bigint, contracts bigint, revenue numeric, spend numeric, impressions bigint,
    clicks bigint
)
language sql stable
as $$
select m.platform, m.campaign_ref, m.leads, m.contracts, m.revenue, m.spend, m.impressions, m.clicks
from analytics.v6_campaign_roi_monthly m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
union all
select d.platform, d.campaign_ref, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
from analytics.v6_campaign_roi_daily d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day <= p_to and d.day < analytics.first_whole_month(p_from)
union all
select d.platform, d.campaign_ref, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
from analytics.v6_campaign_roi_daily d
where d.tenant_id = p_tenant_id and d.day >= analytics.first_whole_month(p_from)
    and d.day >= analytics.whole_months_end(p_to) and d.day <= p_to
$$;
