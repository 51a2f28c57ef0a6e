-- The names that leads of the days p_from to p_to give the products whose ids they name: for whole months from what is
-- stored beside their sums, for the days at both ends one by one, several rows of one product. In SQL, and without
-- settings of its own, so that the planner can inline it.
create or replace function analytics.product_names_of(p_tenant_id uuid, p_from date, p_to date)
returns table (platform text, product_id text, product_name text)
language sql stable
as $$
select m.platform, m.product_id, m.product_name
from analytics.v6_product_performance m
where m.tenant_id = p_tenant_id and m.product_id is not null
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
union all
select d.platform, d.product_id, d.product_name
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day <= p_to and d.day < analytics.first_whole_month(p_from)
    and d.product_id is not null
union all
select d.platform, d.product_id, d.product_name
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= analytics.first_whole_month(p_from)
    and d.day >= analytics.whole_months_end(p_to) and d.day <= p_to and d.product_id is not null
$$;
