-- Computes the named transactions anew, each from its earliest purchase row of all time.
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
            amount, currency, value, items, task_key
        )
        select p_tenant_id, b.transaction_id, (b.event_ts at time zone p_time_zone)::date, b.event_ts,
            b.user_pseudo_id, b.user_id, b.u, e.location_id, coalesce(e.location_id, h.location_id), e.value,
            upper(coalesce(e.currency, p_currency)),
            case when upper(coalesce(e.currency, p_currency)) = p_currency then round(e.value, 2) end,
            analytics.sale_items(e.items), analytics.task_key(array['purchases', b.transaction_id])
        from earliest b
        inner join data.purchase e
            on e.tenant_id = p_tenant_id and e.event_ts = b.event_ts and e.event_id = b.event_id
            and e.event_ts between v_lo and v_hi
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = b.u
        returning day
    )
    insert into pg_temp.changed_day select distinct a.day from added a;
end
$$;
