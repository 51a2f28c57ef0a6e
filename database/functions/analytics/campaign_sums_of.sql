-- The sums of campaigns on the days p_from to p_to. Of days removed by age, the range may contain only whole months
-- (days_that_count). Several rows of one key, which the caller adds up. Not suitable for finding which campaigns exist,
-- because what is subtracted again leaves zeros. By months as in channel_leads_of. In SQL, and without settings of its
-- own, so that the planner can inline it.
create or replace function analytics.campaign_sums_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, campaign_ref text, leads bigint, spend numeric, impressions bigint, clicks bigint
)
language sql stable
as $$
select m.platform, m.campaign_ref, m.leads, m.spend, m.impressions, m.clicks
from analytics.v6_campaign_roi_monthly m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.platform, d.campaign_ref, case when d.day < p_from then -d.leads else d.leads end,
    case when d.day < p_from then -d.spend else d.spend end,
    case when d.day < p_from then -d.impressions else d.impressions end,
    case when d.day < p_from then -d.clicks else d.clicks end
from analytics.v6_campaign_roi_daily d
where d.tenant_id = p_tenant_id and d.day >= least(p_from, analytics.months_begin(p_from, p_to))
    and d.day < greatest(p_from, analytics.months_begin(p_from, p_to))
union all
select d.platform, d.campaign_ref, case when d.day > p_to then -d.leads else d.leads end,
    case when d.day > p_to then -d.spend else d.spend end,
    case when d.day > p_to then -d.impressions else d.impressions end,
    case when d.day > p_to then -d.clicks else d.clicks end
from analytics.v6_campaign_roi_daily d
where d.tenant_id = p_tenant_id and d.day >= least(p_to + 1, analytics.months_end(p_from, p_to))
    and d.day < greatest(p_to + 1, analytics.months_end(p_from, p_to))
$$;
