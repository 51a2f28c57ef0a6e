-- The leads of the days p_from to p_to by the product that they name; only those without an id are told apart by name, and
-- have one here (product_names_of has the others').
-- By months, in rows that the caller adds up, and leaves out where no lead remains, as channel_leads_of has them. In SQL, and
-- without settings of its own, so that the planner sees through it.
create or replace function analytics.product_leads_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, product_id text, product_name text, leads bigint, contracts bigint, revenue numeric
)
language sql stable
as $$
select m.platform, m.product_id, case when m.product_id is null then m.product_name end, m.leads, m.contracts, m.revenue
from analytics.v6_product_performance m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.platform, d.product_id, case when d.product_id is null then d.product_name end, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= p_from
    and d.day < analytics.months_begin(p_from, p_to)
    and (d.product_id is not null or d.product_name is not null)
union all
select d.platform, d.product_id, case when d.product_id is null then d.product_name end, 1::bigint, d.contracts::bigint, d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_end(p_from, p_to)
    and d.day <= p_to
    and (d.product_id is not null or d.product_name is not null)
union all
select d.platform, d.product_id, case when d.product_id is null then d.product_name end, -1::bigint, -d.contracts::bigint, -d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_begin(p_from, p_to)
    and d.day < p_from
    and (d.product_id is not null or d.product_name is not null)
union all
select d.platform, d.product_id, case when d.product_id is null then d.product_name end, -1::bigint, -d.contracts::bigint, -d.revenue
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day > p_to
    and d.day < analytics.months_end(p_from, p_to)
    and (d.product_id is not null or d.product_name is not null)
$$;
