-- The p_limit products that brought most in the transactions of the days p_from to p_to: revenue is price times
-- quantity of the lines, in the tenant's currency; of transactions whose day has no rate nothing counts.
create or replace function analytics.get_top_products(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null, p_limit integer default 10
)
returns table (item_id text, item_name text, quantity numeric, revenue numeric, purchases bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    select i.item_id, max(i.item_name), trim_scale(sum(i.quantity)), sum(i.value), count(*)
    from analytics.sale s
    -- (an item once a transaction, so that these need not be sorted to be told apart)
    cross join lateral (
        select l.line ->> 'item_id' as item_id, max(l.line ->> 'item_name') as item_name,
            sum((l.line ->> 'quantity')::numeric) as quantity, sum((l.line ->> 'value')::numeric) as value
        from jsonb_array_elements(s.items) as l (line)
        where l.line ->> 'item_id' is not null
        group by 1
    ) i
    where s.tenant_id = p_tenant_id and s.day between p_from and p_to and s.value is not null
        and (p_location_id is null or s.location_id = p_location_id)
    group by 1
    order by 4 desc, 1
    limit p_limit;
end
$$;
