-- How often products were viewed, added to a cart and bought on the days p_from to p_to, by anybody: the sums behind
-- product_traffic_of, without names. Of days removed by age, the range may contain only whole months (days_that_count).
-- By months, in rows that the caller adds up, leaving out those where nothing remains, as in channel_leads_of. In SQL,
-- and without settings of its own, so that the planner can inline it: everything is in the tables' keys.
create or replace function analytics.product_counts_of(p_tenant_id uuid, p_from date, p_to date)
returns table (item_key uuid, views integer, add_to_carts integer, purchases integer)
language sql stable
as $$
select m.item_key, m.views, m.add_to_carts, m.purchases
from analytics.product_month m
where m.tenant_id = p_tenant_id and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.item_key, d.views, d.add_to_carts, d.purchases
from analytics.product_day d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day < analytics.months_begin(p_from, p_to)
union all
select d.item_key, d.views, d.add_to_carts, d.purchases
from analytics.product_day d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_end(p_from, p_to) and d.day <= p_to
union all
select d.item_key, -d.views, -d.add_to_carts, -d.purchases
from analytics.product_day d
where d.tenant_id = p_tenant_id and d.day >= analytics.months_begin(p_from, p_to) and d.day < p_from
union all
select d.item_key, -d.views, -d.add_to_carts, -d.purchases
from analytics.product_day d
where d.tenant_id = p_tenant_id and d.day > p_to and d.day < analytics.months_end(p_from, p_to)
$$;
