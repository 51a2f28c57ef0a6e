-- Counts the products of the changed days again: how often they were viewed, added to a cart and bought. Days whose
-- totals stay may name other products than before: those of the dirty spans are counted too.
create or replace function analytics.refresh_product_days(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := analytics.days_in_reach(p_tenant_id, array(
        select c.day from pg_temp.changed_day c
        union
        select (r.event_ts at time zone p_time_zone)::date
        from pg_temp.event_row r
        inner join pg_temp.dirty_span d on d.device = r.device and r.event_ts between d.dirty_lo and d.dirty_hi
    ));
    v_lo timestamptz;
    v_hi timestamptz;
begin
    -- The outer bounds select the partitions; within them each day is found by the primary key.
    select auth.day_start(min(d.day), p_time_zone), auth.day_start(max(d.day) + 1, p_time_zone)
    into v_lo, v_hi
    from unnest(v_days) as d (day);
    delete from analytics.product_day p where p.tenant_id = p_tenant_id and p.day = any(v_days);
    with hit as (
        select d.day, e.kind, e.event_id::text as hit_id, e.items
        from unnest(v_days) as d (day)
        cross join lateral (
            select 'view' as kind, v.event_id, v.items
            from data.view_item v
            where v.tenant_id = p_tenant_id and v.event_ts >= v_lo and v.event_ts < v_hi
                and v.event_ts >= auth.day_start(d.day, p_time_zone)
                and v.event_ts < auth.day_start(d.day + 1, p_time_zone)
            union all
            select 'cart', a.event_id, a.items
            from data.add_to_cart a
            where a.tenant_id = p_tenant_id and a.event_ts >= v_lo and a.event_ts < v_hi
                and a.event_ts >= auth.day_start(d.day, p_time_zone)
                and a.event_ts < auth.day_start(d.day + 1, p_time_zone)
        ) e
        where jsonb_typeof(e.items) = 'array'
        union all
        select s.day, 'sale', s.transaction_id, s.items
        from analytics.sale s
        where s.tenant_id = p_tenant_id and s.day = any(v_days)
    ),
    line as (
        select h.day, h.kind, h.hit_id, coalesce(i.item ->> 'item_id', i.item ->> 'item_name') as item_id,
            max(i.item ->> 'item_name') as item_name
        from hit h
        cross join lateral jsonb_array_elements(h.items) as i (item)
        group by 1, 2, 3, 4
    )
    insert into analytics.product_day (
        tenant_id, day, item_key, item_id, item_name, views, add_to_carts, purchases
    )
    select p_tenant_id, l.day, md5(l.item_id)::uuid, l.item_id, max(l.item_name), count(*) filter (where l.kind = 'view'),
        count(*) filter (where l.kind = 'cart'), count(*) filter (where l.kind = 'sale')
    from line l
    where l.item_id is not null
    group by l.day, l.item_id;

    delete from analytics.product_month p
    where
        p.tenant_id = p_tenant_id
        and p.month in (select date_trunc('month', d.day::timestamp)::date from unnest(v_days) as d (day));
    insert into analytics.product_month (
        tenant_id, month, item_key, item_id, item_name, views, add_to_carts, purchases
    )
    select p_tenant_id, m.month, p.item_key, p.item_id, max(p.item_name), sum(p.views), sum(p.add_to_carts), sum(p.purchases)
    from (select distinct date_trunc('month', d.day::timestamp)::date as month from unnest(v_days) as d (day)) m
    inner join analytics.product_day p
        on p.tenant_id = p_tenant_id and p.day >= m.month and p.day < (m.month + interval '1 month')::date
    group by m.month, p.item_key, p.item_id;
end
$$;
