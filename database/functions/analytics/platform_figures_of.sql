-- What platforms had on the days p_from to p_to: the months that lie completely in the range, and the days before and after
-- them. Of days removed by age, only such months are left. Several rows of one platform, which the caller adds up. In
-- SQL, and without settings of its own, so that the planner can inline it.
create or replace function analytics.platform_figures_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, paid_leads bigint, leads bigint, contracts bigint, revenue numeric, spend numeric, impressions bigint,
    clicks bigint
)
language sql stable
as $$
select m.platform, m.paid_leads, m.leads, m.contracts, m.revenue, m.spend, m.impressions, m.clicks
from analytics.platform_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
union all
select d.platform, d.paid_leads, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
from analytics.platform_day d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day <= p_to and d.day < analytics.first_whole_month(p_from)
union all
select d.platform, d.paid_leads, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks
from analytics.platform_day d
where d.tenant_id = p_tenant_id and d.day >= analytics.first_whole_month(p_from)
    and d.day >= analytics.whole_months_end(p_to) and d.day <= p_to
$$;
