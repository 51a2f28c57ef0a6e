-- The amount of a refund event, never negative; null: it names no amount, and means the order. For a part GA4 reports
-- the items; not all senders put their sum in the value.
create or replace function analytics.refund_amount(p_value numeric, p_extra jsonb, p_items jsonb)
returns numeric
language sql immutable parallel safe
as $$
    select abs(coalesce(
        p_value,
        case
            when jsonb_typeof(p_extra -> 'ecommerce' -> 'refund_value') = 'number'
                then (p_extra -> 'ecommerce' ->> 'refund_value')::numeric
        end,
        (
            select sum((i.item ->> 'price')::numeric * coalesce((i.item ->> 'quantity')::numeric, 1))
            from jsonb_array_elements(case when jsonb_typeof(p_items) = 'array' then p_items end) as i (item)
        )
    ))
$$;
