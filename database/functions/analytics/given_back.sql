-- What was refunded for a transaction, in cents of the tenant's money at the rates of the order's day. What the shop
-- says about its own order counts; else what refund events say, of which one without an amount means all that is left
-- of the order. lacks_rate: some of it has no rate and is left out. One plain SELECT, so that it is inlined.
create or replace function analytics.given_back(
    p_tenant_id uuid, p_own_currency text, p_transaction_id text, p_day date, p_currency text, p_rate numeric, p_value numeric
)
returns table (amount numeric, lacks_rate boolean)
language sql stable
as $$
    select
        round(case
            when s.orders > 0 then s.amount * coalesce(p_rate, 1)
            when t.is_whole then greatest(t.amount, p_value)
            else t.amount
        end, 2),
        s.orders = 0 and t.lacks_rate
    from (
        select count(*) as orders, coalesce(sum((
            select sum(f.amount) from data.shop_refund f
            where f.tenant_id = p_tenant_id and f.source_id = o.source_id and f.order_id = o.order_id
        )), 0) as amount
        from data.shop_order o
        where o.tenant_id = p_tenant_id and o.transaction_id = p_transaction_id and o.purchase_id is not null
    ) s
    cross join (
        select coalesce(sum(r.amount * r.rate), 0) as amount, coalesce(bool_or(r.amount is null), false) as is_whole,
            coalesce(bool_or(r.amount is not null and r.rate is null), false) as lacks_rate
        from (
            select x.amount,
                analytics.rate_of(p_tenant_id, coalesce(x.currency, p_currency), p_own_currency, p_day) as rate
            from analytics.refund x
            where x.tenant_id = p_tenant_id and x.transaction_id = p_transaction_id
            offset 0
        ) r
    ) t
$$;
