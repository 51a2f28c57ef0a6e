-- Computes the named transactions again, each from its earliest purchase row of all time, in the tenant's currency if
-- the day of that row has a rate.
create or replace function analytics.refresh_sales(
    p_tenant_id uuid, p_time_zone text, p_currency text, p_transactions text[]
)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_lo timestamptz;
    v_hi timestamptz;
begin
    select min(b.event_ts), max(b.event_ts) into v_lo, v_hi
    from analytics.buy b where b.tenant_id = p_tenant_id and b.transaction_id = any(p_transactions);

    insert into pg_temp.changed_sale select distinct x from unnest(p_transactions) as x;
    with gone as (
        delete from analytics.sale s
        where s.tenant_id = p_tenant_id and s.transaction_id = any(p_transactions)
        returning s.day
    )
    insert into pg_temp.changed_day select distinct g.day from gone g;

    with earliest as (
        select distinct on (b.transaction_id) b.*
        from analytics.buy b
        where b.tenant_id = p_tenant_id and b.transaction_id = any(p_transactions)
        order by b.transaction_id, b.event_ts, b.event_id
    ),
    added as (
        insert into analytics.sale (
            tenant_id, transaction_id, day, event_ts, user_pseudo_id, user_id, u, row_location_id, location_id,
            amount, currency, rate, value, items, task_key, session_id
        )
        select p_tenant_id, b.transaction_id, m.day, b.event_ts,
            b.user_pseudo_id, b.user_id, b.u, e.location_id, coalesce(e.location_id, h.location_id), e.value,
            m.currency, case when m.currency <> p_currency then r.rate end, round(e.value * r.rate, 2),
            i.items, analytics.task_key(array['purchases', b.transaction_id]), e.session_id
        from earliest b
        -- One look-up by key each; a join might read all purchases since the earliest.
        cross join lateral (
            select p.* from data.purchase p
            where p.tenant_id = p_tenant_id and p.event_ts = b.event_ts and p.event_id = b.event_id
                and p.event_ts between v_lo and v_hi
            limit 1
        ) e
        cross join lateral (
            select (b.event_ts at time zone p_time_zone)::date as day, upper(coalesce(e.currency, p_currency)) as currency
        ) m
        cross join lateral (
            -- Computed once here, because it is used several times.
            select analytics.rate_of(p_tenant_id, m.currency, p_currency, m.day) as rate offset 0
        ) r
        cross join lateral (
            select coalesce(jsonb_agg(jsonb_build_object(
                'item_id', coalesce(i.item ->> 'item_id', i.item ->> 'item_name'), 'item_name', i.item ->> 'item_name',
                'quantity', trim_scale(coalesce((i.item ->> 'quantity')::numeric, 1)),
                'price', case
                    when m.currency = p_currency or r.rate is null then trim_scale((i.item ->> 'price')::numeric)
                    else trim_scale(round((i.item ->> 'price')::numeric * r.rate, 2))
                end,
                'value', trim_scale(round(
                    coalesce((i.item ->> 'price')::numeric, 0) * coalesce((i.item ->> 'quantity')::numeric, 1)
                    * coalesce(r.rate, 1), 2
                ))
            ) order by i.position), '[]') as items
            from jsonb_array_elements(case when jsonb_typeof(e.items) = 'array' then e.items else '[]' end)
                with ordinality as i (item, position)
        ) i
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = b.u
        returning day
    )
    insert into pg_temp.changed_day select distinct a.day from added a;
    insert into pg_temp.ledger_order select x.transaction_id from unnest(p_transactions) as x (transaction_id);
end
$$;
