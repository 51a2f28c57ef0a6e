-- Links the visits and purchases of the changed users in time: each active day to the one before, each open cart to
-- the purchase that recovers it.
create or replace function analytics.refresh_neighbours(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    perform analytics.refresh_changed_users();
    with active as (
        select distinct v.u, v.day, true as is_since
        from pg_temp.changed_user c
        inner join analytics.visit_day v on v.tenant_id = p_tenant_id and v.u = c.u and v.day >= c.since
        union all
        select c.u, (
            select max(d.day) from analytics.user_day d
            where d.tenant_id = p_tenant_id and d.u = c.u and d.day < c.since
        ), false
        from pg_temp.changed_user c
    ),
    -- The day before the change is needed only as the previous day of the first one after it.
    link as materialized (
        select x.u, x.day, x.prev_day
        from (
            select a.u, a.day, a.is_since, lag(a.day) over (partition by a.u order by a.day nulls first) as prev_day
            from active a
        ) x
        where x.is_since
    ),
    stored as materialized (
        select d.u, d.day, d.prev_day
        from pg_temp.changed_user c
        inner join analytics.user_day d on d.tenant_id = p_tenant_id and d.u = c.u and d.day >= c.since
    ),
    differs as (
        select coalesce(l.u, s.u) as u, coalesce(l.day, s.day) as day, l.prev_day,
            s.day is null as is_new, l.day is null as is_gone
        from link l full join stored s on s.u = l.u and s.day = l.day
        where l.day is null or s.day is null or l.prev_day is distinct from s.prev_day
    ),
    gone as (
        delete from analytics.user_day d
        using differs x
        where d.tenant_id = p_tenant_id and d.u = x.u and d.day = x.day and x.is_gone
    ),
    added as (
        insert into analytics.user_day (tenant_id, u, day, prev_day)
        select p_tenant_id, x.u, x.day, x.prev_day from differs x where x.is_new
    ),
    moved as (
        update analytics.user_day d
        set prev_day = x.prev_day
        from differs x
        where d.tenant_id = p_tenant_id and d.u = x.u and d.day = x.day and not x.is_new and not x.is_gone
    )
    insert into pg_temp.changed_day select distinct x.day from differs x;

    -- A purchase concerns carts that no earlier purchase recovers. A day's totals change only if a cart becomes
    -- recovered within 72 hours, or is no longer.
    with changed_buyer as materialized (
        select c.u, (min(c.since) - 1)::timestamp at time zone 'UTC' as since_ts
        from pg_temp.changed_buyer c group by 1
    ),
    next_buy as (
        select k.user_pseudo_id, k.session_id, k.next_buy_ts as old_ts, (
            select min(b.event_ts) from analytics.buy b
            where b.tenant_id = p_tenant_id and b.u = k.u and b.event_ts > k.last_ts
        ) as event_ts
        from changed_buyer c
        inner join analytics.open_cart k on k.tenant_id = p_tenant_id and k.u = c.u
            and (k.next_buy_ts is null or k.next_buy_ts >= c.since_ts)
    ),
    changed as (
        update analytics.open_cart k
        set next_buy_ts = n.event_ts
        from next_buy n
        where k.tenant_id = p_tenant_id and k.user_pseudo_id = n.user_pseudo_id and k.session_id = n.session_id
            and k.next_buy_ts is distinct from n.event_ts
        returning k.day, coalesce(k.next_buy_ts <= k.last_ts + interval '72 hours', false)
            <> coalesce(n.old_ts <= k.last_ts + interval '72 hours', false) as is_other
    )
    insert into pg_temp.changed_day select distinct c.day from changed c where c.is_other;
end
$$;
