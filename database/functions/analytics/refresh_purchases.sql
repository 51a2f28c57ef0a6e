-- Computes the purchase rows of the spans anew, and every transaction that had or has one of them.
create or replace function analytics.refresh_purchases(p_tenant_id uuid, p_time_zone text, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_transactions text [];
begin
    with gone as (
        delete from analytics.buy b
        using pg_temp.dirty_span d
        where b.tenant_id = p_tenant_id and b.user_pseudo_id = d.device and b.event_ts >= d.lo and b.event_ts < d.hi
            and (d.device <> '' or coalesce(b.user_id, '') = d.owner)
        returning b.u, b.transaction_id
    ),
    users as (
        insert into pg_temp.changed_user select distinct g.u from gone g where g.u is not null
    )
    select coalesce(array_agg(distinct g.transaction_id), '{}') into v_transactions from gone g;

    with added as (
        insert into analytics.buy (tenant_id, event_ts, event_id, user_pseudo_id, user_id, u, transaction_id)
        select p_tenant_id, r.event_ts, r.event_id, r.device, r.user_id,
            coalesce(r.user_id, o.user_id, nullif(r.device, '')), r.transaction_id
        from pg_temp.event_row r
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
        where r.kind = 'purchase'
        returning u, transaction_id
    ),
    users as (
        insert into pg_temp.changed_user select distinct a.u from added a where a.u is not null
    )
    select v_transactions || coalesce(array_agg(distinct a.transaction_id), '{}') into v_transactions from added a;
    if cardinality(v_transactions) > 0 then
        perform analytics.refresh_sales(p_tenant_id, p_time_zone, p_currency, v_transactions);
    end if;
end
$$;
