-- The leads of the days p_from to p_to by channel and campaign; campaign_ref '': of none.
-- Of whole months from their sums, of the days at both ends one by one: several rows of one key, which the caller adds
-- up. In SQL, and without settings of its own, so that the planner sees through it.
create or replace function analytics.channel_leads_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    channel text, platform text, campaign_ref text, leads bigint, contracts bigint, revenue numeric
)
language sql stable
as $$
select m.channel, m.platform, m.campaign_ref, m.leads, m.contracts, m.revenue
from analytics.fact_leads_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
union all
select d.channel, d.platform, d.campaign_ref, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day <= p_to and d.day < analytics.first_whole_month(p_from)
union all
select d.channel, d.platform, d.campaign_ref, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.first_whole_month(p_from)
    and d.day >= analytics.whole_months_end(p_to) and d.day <= p_to
$$;
