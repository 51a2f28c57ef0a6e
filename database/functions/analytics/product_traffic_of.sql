-- How often products were viewed, added to a cart and bought on the days p_from to p_to, by anybody: rows of view_item
-- and of add_to_cart that name them, and transactions. An item without an id goes by its name. Whole months are read
-- from their sums, the days at both ends one by one: several rows of one key, which the caller adds up. In SQL, and
-- without settings of its own, so that the planner can inline it: a caller that asks for no names reads the tables'
-- keys alone.
create or replace function analytics.product_traffic_of(p_tenant_id uuid, p_from date, p_to date)
returns table (item_key uuid, item_id text, item_name text, views integer, add_to_carts integer, purchases integer)
language sql stable
as $$
select m.item_key, m.item_id, m.item_name, m.views, m.add_to_carts, m.purchases
from analytics.product_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
union all
select d.item_key, d.item_id, d.item_name, d.views, d.add_to_carts, d.purchases
from analytics.product_day d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day <= p_to and d.day < analytics.first_whole_month(p_from)
union all
select d.item_key, d.item_id, d.item_name, d.views, d.add_to_carts, d.purchases
from analytics.product_day d
where d.tenant_id = p_tenant_id and d.day >= analytics.first_whole_month(p_from)
    and d.day >= analytics.whole_months_end(p_to) and d.day <= p_to
$$;
