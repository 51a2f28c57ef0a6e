-- sale's and buy's part of refresh_owners.
create or replace function analytics.refresh_sale_owners(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with touched as (
        select v.day, v.row_location_id, v.transaction_id, v.user_pseudo_id, v.u as old_u, v.location_id as old_location_id,
            coalesce(v.user_id, o.user_id, nullif(v.user_pseudo_id, '')) as u
        from analytics.sale v
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = v.user_pseudo_id
        where v.tenant_id = p_tenant_id and v.user_id is null
            and v.user_pseudo_id in (select r.device from pg_temp.rekeyed_device r)
        union
        select v.day, v.row_location_id, v.transaction_id, v.user_pseudo_id, v.u, v.location_id,
            coalesce(v.user_id, o.user_id, nullif(v.user_pseudo_id, ''))
        from analytics.sale v
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = v.user_pseudo_id
        where v.tenant_id = p_tenant_id and v.u in (select r.user_id from pg_temp.home_user r)
    ),
    now_known as (
        select x.*, coalesce(x.row_location_id, h.location_id) as location_id
        from touched x left join data.users h on h.tenant_id = p_tenant_id and h.user_id = x.u
    ),
    changed as (
        update analytics.sale v
        set u = n.u, location_id = n.location_id
        from now_known n
        where v.tenant_id = p_tenant_id and v.transaction_id = n.transaction_id
            and (n.u is distinct from n.old_u or n.location_id is distinct from n.old_location_id)
        returning v.day, v.transaction_id
    ),
    placed_anew as (
        insert into pg_temp.ledger_order select c.transaction_id from changed c
    )
    insert into pg_temp.changed_day select distinct c.day from changed c;

    with touched as (
        select b.event_ts, b.event_id, b.u as old_u, coalesce(b.user_id, o.user_id, nullif(b.user_pseudo_id, '')) as u
        from pg_temp.rekeyed_device r
        inner join analytics.buy b on b.tenant_id = p_tenant_id and b.user_pseudo_id = r.device
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
    ),
    changed as (
        update analytics.buy b
        set u = t.u
        from touched t
        where b.tenant_id = p_tenant_id and b.event_ts = t.event_ts and b.event_id = t.event_id and t.old_u <> t.u
        returning t.old_u, t.u, (b.event_ts at time zone 'UTC')::date as day
    )
    insert into pg_temp.changed_buyer
    select c.old_u, c.day from changed c union select c.u, c.day from changed c;
end
$$;
