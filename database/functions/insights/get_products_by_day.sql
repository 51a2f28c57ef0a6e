-- Series by the day of purchases of these products (by item_key), for insights.get_daily_series; as
-- insights.get_traffic_by_day.
create or replace function insights.get_products_by_day(p_tenant_id uuid, p_from date, p_to date, p_item_keys uuid[])
returns table (member text, name text, places integer[], amounts float8[], size numeric)
language plpgsql stable
as $$
begin
    return query
    select
        t.item_id, max(t.item_name), array_agg(d.place), array_agg(t.purchases::float8), sum(t.purchases)::numeric
    from generate_series(0, p_to - p_from - 1) as d (place)
    -- One day at a time, so that the primary key finds these items without reading all others.
    cross join lateral (
        select p.item_id, p.item_name, p.purchases
        from analytics.product_day p
        where
            p.tenant_id = p_tenant_id and p.day = p_from + d.place and p.purchases > 0 and p.item_key = any(p_item_keys)
    ) t
    group by t.item_id;
end
$$;
