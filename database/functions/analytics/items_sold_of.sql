-- The items of the transactions of the days p_from to p_to, of the company or of one location, an item once a
-- transaction: revenue is price times quantity of its lines, in the tenant's currency; transactions whose day has no
-- rate are left out. In SQL, and without settings of its own, so that the planner can inline it.
create or replace function analytics.items_sold_of(p_tenant_id uuid, p_from date, p_to date, p_location_id text)
returns table (item_id text, item_name text, quantity numeric, revenue numeric, purchases bigint)
language sql stable
as $$
select i.item_id, i.item_name, i.quantity, i.revenue, 1::bigint
from analytics.sale s
cross join lateral (
    select l.line ->> 'item_id' as item_id, max(l.line ->> 'item_name') as item_name,
        sum((l.line ->> 'quantity')::numeric) as quantity, sum((l.line ->> 'value')::numeric) as revenue
    from jsonb_array_elements(s.items) as l (line)
    where l.line ->> 'item_id' is not null
    group by 1
) i
where s.tenant_id = p_tenant_id and s.day between p_from and p_to and s.value is not null
    and (p_location_id is null or s.location_id = p_location_id)
$$;
