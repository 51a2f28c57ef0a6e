-- The leads of the days p_from to p_to by the product that they name, beside what became of it on the website. Of some
-- platforms: the products of their leads alone; what the website tells is of no platform. By leads, then revenue,
-- purchases, views, and product.
create or replace function analytics.get_products(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50
)
returns table (
    product_id text, product_name text, leads bigint, contracts bigint, revenue numeric, conversion_rate numeric,
    views bigint, add_to_carts bigint, purchases bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    with named as (
        select l.product_id, max(l.product_name) as product_name, sum(l.leads)::bigint as leads,
            sum(l.contracts)::bigint as contracts, sum(l.revenue) as revenue
        from analytics.product_leads_of(p_tenant_id, p_from, p_to) l
        where p_platforms is null or l.platform = any(p_platforms)
        group by l.product_id, case when l.product_id is null then l.product_name end
    ),
    joined as (
        select coalesce(n.product_id, t.item_id) as product_id,
            coalesce(n.product_name, t.item_name) as product_name, coalesce(n.leads, 0) as leads,
            coalesce(n.contracts, 0) as contracts, coalesce(n.revenue, 0) as revenue,
            coalesce(t.views, 0) as views, coalesce(t.add_to_carts, 0) as add_to_carts,
            coalesce(t.purchases, 0) as purchases
        from named n
        full join analytics.get_product_traffic(p_tenant_id, p_from, p_to) t on t.item_id = n.product_id
        where p_platforms is null or n.leads is not null
    )
    select j.product_id, coalesce(p.product_name, j.product_name), j.leads, j.contracts, round(j.revenue, 2),
        coalesce(round(100.0 * j.contracts / nullif(j.leads, 0), 1), 0), j.views, j.add_to_carts, j.purchases
    from joined j
    left join data.product p on p.tenant_id = p_tenant_id and p.product_id = j.product_id
    order by j.leads desc, j.revenue desc, j.purchases desc, j.views desc, j.product_id collate "C",
        coalesce(p.product_name, j.product_name) collate "C"
    limit p_limit;
end
$$;
