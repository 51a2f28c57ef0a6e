-- The leads of the days p_from to p_to, of all platforms or of some, by the product that they name. Only products
-- without an id are distinguished by name, and have one here (product_names_of has the others'). By months as in
-- channel_leads_of.
create or replace function analytics.product_leads_of(p_tenant_id uuid, p_from date, p_to date, p_platforms text[])
returns table (product_id text, product_name text, leads bigint, contracts bigint, revenue numeric)
language plpgsql stable
-- A month's rows are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
declare
    v_begin date := analytics.months_begin(p_from, p_to);
    v_end date := analytics.months_end(p_from, p_to);
begin
    return query
    select x.product_id, case when x.product_id is null then x.product_name end, sum(x.leads)::bigint,
        sum(x.contracts)::bigint, sum(x.revenue)
    from (
        select m.platform, m.product_id, m.product_name, m.leads, m.contracts, m.revenue
        from analytics.v6_product_performance m
        where m.tenant_id = p_tenant_id and m.month >= v_begin and m.month < v_end
        union all
        select d.platform, d.product_id, d.product_name, 1::bigint, d.contracts::bigint, d.revenue
        from analytics.fact_leads d
        where d.tenant_id = p_tenant_id and d.day >= p_from and d.day < v_begin
            and (d.product_id is not null or d.product_name is not null)
        union all
        select d.platform, d.product_id, d.product_name, 1::bigint, d.contracts::bigint, d.revenue
        from analytics.fact_leads d
        where d.tenant_id = p_tenant_id and d.day >= v_end and d.day <= p_to
            and (d.product_id is not null or d.product_name is not null)
        union all
        select d.platform, d.product_id, d.product_name, -1::bigint, -d.contracts::bigint, -d.revenue
        from analytics.fact_leads d
        where d.tenant_id = p_tenant_id and d.day >= v_begin and d.day < p_from
            and (d.product_id is not null or d.product_name is not null)
        union all
        select d.platform, d.product_id, d.product_name, -1::bigint, -d.contracts::bigint, -d.revenue
        from analytics.fact_leads d
        where d.tenant_id = p_tenant_id and d.day > p_to and d.day < v_end
            and (d.product_id is not null or d.product_name is not null)
    ) x
    where p_platforms is null or x.platform = any(p_platforms)
    group by 1, 2
    having sum(x.leads) > 0;
end
$$;
