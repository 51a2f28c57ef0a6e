-- Checks everything that is stored for days on which nothing stored is taken to be right against the rows, including
-- what no row explains. The devices and users of the rows themselves are dirty already.
create or replace function analytics.refresh_doubted(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := array(select t.day from pg_temp.doubted_day t);
    v_lo timestamptz;
    v_hi timestamptz;
begin
    if cardinality(v_days) = 0 then
        return;
    end if;
    select auth.day_start(min(d), p_time_zone), auth.day_start(max(d) + 1, p_time_zone) into v_lo, v_hi
    from unnest(v_days) as d;
    insert into pg_temp.changed_day select unnest(v_days);

    with kept as (
        select v.user_pseudo_id as device, v.user_id as owner, auth.day_start(v.day, p_time_zone) as lo,
            auth.day_start(v.day, p_time_zone) as hi
        from analytics.visit_day v where v.tenant_id = p_tenant_id and v.day = any(v_days)
        union all
        select s.user_pseudo_id, '', s.first_ts, s.last_ts
        from analytics.session s where s.tenant_id = p_tenant_id and s.day = any(v_days)
        union all
        -- The sessions of stored carts and searches are read whole.
        select x.device, '', s.first_ts, s.last_ts
        from (
            select c.user_pseudo_id as device, c.session_id
            from analytics.open_cart c where c.tenant_id = p_tenant_id and c.day = any(v_days)
            union
            select c.user_pseudo_id, c.session_id
            from analytics.session_search c where c.tenant_id = p_tenant_id and c.day = any(v_days)
        ) x
        inner join analytics.session s
            on s.tenant_id = p_tenant_id and s.user_pseudo_id = x.device and s.session_id = x.session_id
        union all
        select b.user_pseudo_id, coalesce(b.user_id, ''), b.event_ts, b.event_ts
        from analytics.buy b where b.tenant_id = p_tenant_id and b.event_ts >= v_lo and b.event_ts < v_hi
        union all
        select r.user_pseudo_id, coalesce(r.user_id, ''), r.event_ts, r.event_ts
        from analytics.refund r where r.tenant_id = p_tenant_id and r.event_ts >= v_lo and r.event_ts < v_hi
    ),
    span as (
        select k.device, case when k.device = '' then k.owner else '' end as owner, min(k.lo) as lo, max(k.hi) as hi
        from kept k group by 1, 2
    ),
    wider as (
        update pg_temp.dirty_span d
        set dirty_lo = least(d.dirty_lo, s.lo), dirty_hi = greatest(d.dirty_hi, s.hi)
        from span s
        where d.device = s.device and d.owner = s.owner
    )
    insert into pg_temp.dirty_span (device, owner, dirty_lo, dirty_hi)
    select s.device, s.owner, s.lo, s.hi
    from span s
    where not exists (select 1 from pg_temp.dirty_span d where d.device = s.device and d.owner = s.owner);

    -- Remove rows whose session, device or purchase is not stored.
    delete from analytics.open_cart c
    where
        c.tenant_id = p_tenant_id and c.day = any(v_days)
        and not exists (
            select from analytics.session s
            where s.tenant_id = p_tenant_id and s.user_pseudo_id = c.user_pseudo_id and s.session_id = c.session_id
        );
    delete from analytics.session_search c
    where
        c.tenant_id = p_tenant_id and c.day = any(v_days)
        and not exists (
            select from analytics.session s
            where s.tenant_id = p_tenant_id and s.user_pseudo_id = c.user_pseudo_id and s.session_id = c.session_id
        );
    delete from analytics.device_user o
    where
        o.tenant_id = p_tenant_id
        and not exists (
            select from analytics.visit_day v where v.tenant_id = p_tenant_id and v.user_pseudo_id = o.user_pseudo_id
        );
    insert into pg_temp.rated_sale
    select s.transaction_id from analytics.sale s where s.tenant_id = p_tenant_id and s.day = any(v_days);

    insert into pg_temp.changed_user
    select d.u, min(d.day)
    from (
        select x.u, x.day from analytics.user_day x where x.tenant_id = p_tenant_id and x.day = any(v_days)
        union all
        select v.u, v.day from analytics.visit_day v where v.tenant_id = p_tenant_id and v.day = any(v_days)
    ) d
    where d.u is not null
    group by d.u;
end
$$;
