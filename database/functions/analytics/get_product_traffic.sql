-- How often products were looked at, put in a cart and bought on the days p_from to p_to, by whomever: rows of view_item
-- and of add_to_cart that name them, and transactions. An item without an id goes by its name.
create or replace function analytics.get_product_traffic(p_tenant_id uuid, p_from date, p_to date)
returns table (item_id text, item_name text, views bigint, add_to_carts bigint, purchases bigint)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    v_zone text := (select t.time_zone from auth.tenant t where t.tenant_id = p_tenant_id);
    v_from timestamptz := p_from::timestamp at time zone v_zone;
    v_to timestamptz := (p_to + 1)::timestamp at time zone v_zone;
begin
    return query
    with hit as (
        select 'view' as kind, e.event_id::text as hit_id, e.items
        from data.view_item e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'cart', e.event_id::text, e.items
        from data.add_to_cart e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'sale', s.transaction_id, s.items
        from analytics.sale s
        where s.tenant_id = p_tenant_id and s.day between p_from and p_to
    ),
    line as (
        select h.kind, h.hit_id, coalesce(i.item ->> 'item_id', i.item ->> 'item_name') as item_id,
            max(i.item ->> 'item_name') as item_name
        from hit h
        cross join lateral jsonb_array_elements(case when jsonb_typeof(h.items) = 'array' then h.items else '[]' end)
            as i (item)
        group by 1, 2, 3
    )
    select l.item_id, max(l.item_name), count(*) filter (where l.kind = 'view'),
        count(*) filter (where l.kind = 'cart'), count(*) filter (where l.kind = 'sale')
    from line l
    where l.item_id is not null
    group by 1;
end
$$;
