-- The leads of the days p_from to p_to by the product that they name, beside its website figures. For some platforms:
-- the products of their leads alone, because website figures belong to no platform. By leads, then revenue, purchases,
-- views, and product. Traffic is added up by the items' keys. Names are looked up only for products that the answer may
-- contain, and in leads and traffic only if the company does not name them.
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
declare
    v_from date;
    v_to date;
begin
    select d.first_day, d.last_day into v_from, v_to from analytics.days_that_count(p_tenant_id, p_from, p_to) d;
    return query
    with seen as (
        select t.item_key, sum(t.views) as views, sum(t.add_to_carts) as add_to_carts, sum(t.purchases) as purchases
        from analytics.product_counts_of(p_tenant_id, v_from, v_to) t
        group by t.item_key
        having sum(t.views) <> 0 or sum(t.add_to_carts) <> 0 or sum(t.purchases) <> 0
    ),
    first_ones as materialized (
        select n.product_id, n.product_name, coalesce(s.item_key, md5(n.product_id)::uuid) as item_key,
            coalesce(n.leads, 0) as leads, coalesce(n.contracts, 0) as contracts, coalesce(n.revenue, 0) as revenue,
            coalesce(s.views, 0) as views, coalesce(s.add_to_carts, 0) as add_to_carts,
            coalesce(s.purchases, 0) as purchases
        from analytics.product_leads_of(p_tenant_id, v_from, v_to, p_platforms) n
        full join seen s on s.item_key = md5(n.product_id)::uuid
        where p_platforms is null or n.leads is not null
        order by 4 desc, 6 desc, 9 desc, 7 desc
        -- Ties are kept, because only the ids, which are not known yet, decide their order.
        fetch first (p_limit) rows with ties
    ),
    known as materialized (
        select f.*, p.product_id as sold_id, coalesce(p.product_name, f.product_name) as name
        from first_ones f
        left join data.product p on p.tenant_id = p_tenant_id and md5(p.product_id)::uuid = f.item_key
    ),
    -- The next two read nothing unless a name is missing.
    by_leads as (
        select l.product_id, max(l.product_name) as product_name
        from analytics.product_names_of(p_tenant_id, v_from, v_to) l
        where (select bool_or(k.product_id is not null) from known k where k.name is null)
            and l.product_id = any(array(select k.product_id from known k where k.name is null))
            and (p_platforms is null or l.platform = any(p_platforms))
        group by l.product_id
    ),
    told as (
        select t.item_key, min(t.item_id) as item_id, max(t.item_name) as item_name
        from analytics.product_traffic_of(p_tenant_id, p_from, p_to) t
        where (select count(*) > 0 from known k where k.name is null)
            and t.item_key = any(array(select k.item_key from known k where k.name is null))
        group by t.item_key
    )
    select j.product_id, j.name, j.leads, j.contracts, round(j.revenue, 2),
        coalesce(round(100.0 * j.contracts / nullif(j.leads, 0), 1), 0), j.views, j.add_to_carts, j.purchases
    from (
        select coalesce(k.product_id, k.sold_id, t.item_id) as product_id,
            coalesce(k.name, l.product_name, t.item_name) as name, k.leads, k.contracts, k.revenue, k.views,
            k.add_to_carts, k.purchases
        from known k
        left join by_leads l on l.product_id = k.product_id
        left join told t on t.item_key = k.item_key
    ) j
    order by j.leads desc, j.revenue desc, j.purchases desc, j.views desc, j.product_id collate "C", j.name collate "C"
    limit p_limit;
end
$$;
