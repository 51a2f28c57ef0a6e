-- What platforms had on the days p_from to p_to: for days removed by age, whole months from their sums (paid leads from
-- those of leads), and nothing of other days. Several rows of one platform, which the caller adds up. In SQL, and
-- without settings of its own, so that the planner can inline it.
create or replace function analytics.platform_figures_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, paid_leads bigint, leads bigint, contracts bigint, revenue numeric, spend numeric
)
language sql stable
as $$
select d.platform, d.paid_leads, d.leads, d.contracts, d.revenue, d.spend
from analytics.platform_day d
where d.tenant_id = p_tenant_id and d.day between p_from and p_to
union all
select m.platform, 0, m.leads, m.contracts, m.revenue, m.spend
from analytics.v6_campaign_roi_monthly m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
    and m.month < (select r.days_from from analytics.rollup_state r where r.tenant_id = p_tenant_id)
union all
select f.platform, f.leads, 0, 0, 0, 0
from analytics.fact_leads_month f
where f.tenant_id = p_tenant_id and f.is_paid
    and f.month >= analytics.first_whole_month(p_from) and f.month < analytics.whole_months_end(p_to)
    and f.month < (select r.days_from from analytics.rollup_state r where r.tenant_id = p_tenant_id)
$$;
