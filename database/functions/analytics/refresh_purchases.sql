-- Brings the purchase rows of the spans up to date, and computes every transaction again that had or has one of them.
create or replace function analytics.refresh_purchases(p_tenant_id uuid, p_time_zone text, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_transactions text [];
begin
    with bought as materialized (
        select r.event_ts, r.event_id, r.device, r.user_id, r.transaction_id,
            coalesce(r.user_id, o.user_id, nullif(r.device, '')) as u
        from pg_temp.event_row r
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
        where r.kind = 'purchase'
    ),
    stored as materialized (
        select b.*
        from pg_temp.dirty_span d
        inner join analytics.buy b on b.tenant_id = p_tenant_id and b.user_pseudo_id = d.device
            and b.event_ts >= d.lo and b.event_ts < d.hi and (d.device <> '' or coalesce(b.user_id, '') = d.owner)
    ),
    gone as (
        delete from analytics.buy b
        using stored s
        where b.tenant_id = p_tenant_id and b.event_ts = s.event_ts and b.event_id = s.event_id
            and not exists (select 1 from bought n where n.event_ts = s.event_ts and n.event_id = s.event_id)
        returning b.u, b.event_ts
    ),
    moved as (
        update analytics.buy b
        set user_pseudo_id = n.device, user_id = n.user_id, u = n.u, transaction_id = n.transaction_id
        from bought n
        inner join stored s on s.event_ts = n.event_ts and s.event_id = n.event_id
        where b.tenant_id = p_tenant_id and b.event_ts = n.event_ts and b.event_id = n.event_id
            and (n.device, n.user_id, n.u, n.transaction_id)
            is distinct from (s.user_pseudo_id, s.user_id, s.u, s.transaction_id)
        returning s.u as old_u, b.u, b.event_ts
    ),
    added as (
        insert into analytics.buy (tenant_id, event_ts, event_id, user_pseudo_id, user_id, u, transaction_id)
        select p_tenant_id, n.event_ts, n.event_id, n.device, n.user_id, n.u, n.transaction_id
        from bought n
        where not exists (select 1 from stored s where s.event_ts = n.event_ts and s.event_id = n.event_id)
        returning u, event_ts
    ),
    buyers as (
        insert into pg_temp.changed_buyer
        select x.u, min(x.event_ts at time zone 'UTC')::date
        from (
            select g.u, g.event_ts from gone g
            union all select m.old_u, m.event_ts from moved m
            union all select m.u, m.event_ts from moved m
            union all select a.u, a.event_ts from added a
        ) x
        where x.u is not null group by 1
    )
    select array(
        select s.transaction_id from stored s union select n.transaction_id from bought n
        union select r.transaction_id from pg_temp.rated_sale r
    ) into v_transactions;
    if cardinality(v_transactions) > 0 then
        perform analytics.refresh_sales(p_tenant_id, p_time_zone, p_currency, v_transactions);
    end if;
end
$$;
