-- The lines of a purchase with their values: [{item_id, item_name, quantity, price, value}], in the order of the row.
create or replace function analytics.sale_items(p_items jsonb)
returns jsonb
language sql immutable parallel safe
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'item_id', coalesce(i.item ->> 'item_id', i.item ->> 'item_name'), 'item_name', i.item ->> 'item_name',
        'quantity', trim_scale(coalesce((i.item ->> 'quantity')::numeric, 1)),
        'price', trim_scale((i.item ->> 'price')::numeric),
        'value', trim_scale(round(
            coalesce((i.item ->> 'price')::numeric, 0) * coalesce((i.item ->> 'quantity')::numeric, 1), 2
        ))
    ) order by i.position), '[]')
    from jsonb_array_elements(case when jsonb_typeof(p_items) = 'array' then p_items else '[]' end)
        with ordinality as i (item, position)
$$;
