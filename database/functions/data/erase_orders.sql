-- Removes an erasure's user from their orders and refunds, which stay as numbers: their amounts belong to the company's
-- books. Their purchases among the events are removed, so that no order is anybody's purchase. Returns counts by name.
create or replace function data.erase_orders(p_tenant_id uuid, p_erasure_id uuid)
returns table (name text, rows bigint)
language plpgsql
as $$
declare
    -- Fields about the goods are kept; a shop may have put names into any other field.
    c_of_lines constant text[] := array['item_id', 'item_name', 'price', 'quantity', 'sku', 'total', 'total_tax'];
begin
    return query
    with own as materialized (
        select o.source_id, o.order_id, o.customer_id, o.purchase_ts, o.purchase_id
        from data.erasure x
        inner join data.shop_order o on o.tenant_id = p_tenant_id
            and (
                o.user_id = x.user_id
                or o.user_id is null and o.email_hash = any(
                    array(select sha256(convert_to(e.email, 'UTF8')) from unnest(x.emails) as e (email))
                )
            )
        where x.tenant_id = p_tenant_id and x.erasure_id = p_erasure_id
        for update of o
    ),
    pointed_at as (
        delete from data.webhook_delivery w
        using own o
        where w.tenant_id = p_tenant_id and w.source_id = o.source_id and w.resource = 'customer'
            and w.resource_id = o.customer_id
        returning 1
    ),
    refunds as (
        update data.shop_refund r
        set reason = null, extra = '{}', lines = data.only_names(r.lines, c_of_lines)
        from own o
        where r.tenant_id = p_tenant_id and r.source_id = o.source_id and r.order_id = o.order_id
        returning 1
    ),
    orders as (
        update data.shop_order s
        set customer_id = null, email_hash = null, user_id = null, extra = '{}',
            lines = data.only_names(s.lines, c_of_lines), purchase_ts = null, purchase_id = null, purchase_digest = null
        from own o
        where s.tenant_id = p_tenant_id and s.source_id = o.source_id and s.order_id = o.order_id
        returning 1
    ),
    purchases as (
        delete from data.purchase p
        using own o
        where p.tenant_id = p_tenant_id and p.event_ts = o.purchase_ts and p.event_id = o.purchase_id
        returning p.user_pseudo_id, p.user_id, p.event_ts
    ),
    noted as (
        update data.erasure x
        set touched = x.touched || (
            select coalesce(jsonb_agg(jsonb_build_array(
                p.user_pseudo_id, p.user_id, (extract(epoch from p.event_ts) * 1000000)::bigint,
                (extract(epoch from p.event_ts) * 1000000)::bigint
            )), '[]')
            from purchases p
        )
        where x.tenant_id = p_tenant_id and x.erasure_id = p_erasure_id
    )
    select 'webhook_delivery', count(*) from pointed_at
    union all select 'shop_refund_blanked', count(*) from refunds
    union all select 'shop_order_blanked', count(*) from orders
    union all select 'purchase', count(*) from purchases;
end
$$;
