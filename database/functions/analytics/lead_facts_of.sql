-- The leads of the days p_from to p_to by origin. By months, in rows that the caller adds up, leaving out those without
-- a lead, as in channel_leads_of. In SQL, and without settings of its own, so that the planner can inline it.
create or replace function analytics.lead_facts_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, channel text, utm_source text, is_paid boolean, leads bigint, contracts bigint, revenue numeric
)
language sql stable
as $$
select m.platform, m.channel, m.utm_source, m.is_paid, m.leads, m.contracts, m.revenue
from analytics.fact_leads_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.platform, d.channel, d.utm_source, d.is_paid, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= p_from
    and d.day < analytics.months_begin(p_from, p_to)
union all
select d.platform, d.channel, d.utm_source, d.is_paid, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_end(p_from, p_to)
    and d.day <= p_to
union all
select d.platform, d.channel, d.utm_source, d.is_paid, -1::bigint, -d.contracts::bigint, -d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_begin(p_from, p_to)
    and d.day < p_from
union all
select d.platform, d.channel, d.utm_source, d.is_paid, -1::bigint, -d.contracts::bigint, -d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day > p_to
    and d.day < analytics.months_end(p_from, p_to)
$$;
