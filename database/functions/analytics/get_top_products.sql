-- The p_limit products with the highest revenue in the transactions of the days p_from to p_to: revenue is price times
-- quantity of the lines, in the tenant's currency; transactions whose day has no rate do not count. Summed months are
-- read from their sums.
create or replace function analytics.get_top_products(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null, p_limit integer default 10
)
returns table (item_id text, item_name text, quantity numeric, revenue numeric, purchases bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_since date;
    v_until date;
begin
    select m.since, m.until into v_since, v_until
    from analytics.summed_top_months(p_tenant_id, p_from, p_to, p_location_id) m;
    return query
    select x.item_id, max(x.item_name), trim_scale(sum(x.quantity)), sum(x.revenue), sum(x.purchases)::bigint
    from (
        select t.item_id, t.item_name, t.quantity, t.revenue, t.purchases
        from analytics.item_sale_month t
        where t.tenant_id = p_tenant_id and t.month >= v_since and t.month < v_until and v_since < v_until
        union all
        select i.item_id, i.item_name, i.quantity, i.revenue, i.purchases
        from analytics.items_sold_of(p_tenant_id, p_from, v_since - 1, p_location_id) i
        union all
        select i.item_id, i.item_name, i.quantity, i.revenue, i.purchases
        from analytics.items_sold_of(p_tenant_id, v_until, p_to, p_location_id) i
        where v_until <= p_to
    ) x
    group by x.item_id
    order by 4 desc, 1
    limit p_limit;
end
$$;
