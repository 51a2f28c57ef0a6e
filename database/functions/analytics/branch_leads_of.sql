-- The leads of the days p_from to p_to by the branch that they name. By months, in rows that the caller adds up,
-- leaving out those without a lead, as in channel_leads_of. In SQL, and without settings of its own, so that the
-- planner can inline it.
create or replace function analytics.branch_leads_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, location_id text, leads bigint, contracts bigint, revenue numeric
)
language sql stable
as $$
select m.platform, m.location_id, m.leads, m.contracts, m.revenue
from analytics.v6_branch_performance m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.platform, d.location_id, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= p_from
    and d.day < analytics.months_begin(p_from, p_to) and d.location_id is not null
union all
select d.platform, d.location_id, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_end(p_from, p_to)
    and d.day <= p_to and d.location_id is not null
union all
select d.platform, d.location_id, -1::bigint, -d.contracts::bigint, -d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_begin(p_from, p_to)
    and d.day < p_from and d.location_id is not null
union all
select d.platform, d.location_id, -1::bigint, -d.contracts::bigint, -d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day > p_to
    and d.day < analytics.months_end(p_from, p_to) and d.location_id is not null
$$;
