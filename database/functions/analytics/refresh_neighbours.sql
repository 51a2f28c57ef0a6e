-- Links the visits, sessions and purchases of the changed users in time: each active day to the one before, each
-- session to its neighbours, each open cart to the purchase that recovers it.
create or replace function analytics.refresh_neighbours(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with once as (
        delete from pg_temp.changed_user returning u
    )
    insert into pg_temp.changed_user select distinct o.u from once o;
    perform analytics.analyze_working_table('changed_user');

    insert into pg_temp.user_link
    select v.u, v.day, lag(v.day) over (partition by v.u order by v.day)
    from (
        select distinct x.u, x.day
        from pg_temp.changed_user c
        inner join analytics.visit_day x on x.tenant_id = p_tenant_id and x.u = c.u
    ) v;
    perform analytics.analyze_working_table('user_link');
    with gone as (
        delete from analytics.user_day d
        using pg_temp.changed_user c
        where d.tenant_id = p_tenant_id and d.u = c.u
            and not exists (select 1 from pg_temp.user_link l where l.u = d.u and l.day = d.day)
        returning d.day
    ),
    -- Most links are as they were: those are only compared.
    differs as (
        select l.u, l.day, l.prev_day, d.day is null as is_new
        from pg_temp.user_link l
        left join analytics.user_day d on d.tenant_id = p_tenant_id and d.u = l.u and d.day = l.day
        where d.day is null or d.prev_day is distinct from l.prev_day
    ),
    added as (
        insert into analytics.user_day (tenant_id, u, day, prev_day)
        select p_tenant_id, x.u, x.day, x.prev_day from differs x where x.is_new
    ),
    moved as (
        update analytics.user_day d
        set prev_day = x.prev_day
        from differs x
        where d.tenant_id = p_tenant_id and d.u = x.u and d.day = x.day and not x.is_new
    )
    insert into pg_temp.changed_day
    select g.day from gone g union select x.day from differs x;

    perform analytics.refresh_session_links(p_tenant_id);

    -- A day's totals change only where a cart is recovered within 72 hours now and was not, or the other way round.
    with next_buy as (
        select k.user_pseudo_id, k.session_id, k.next_buy_ts as old_ts, (
            select min(b.event_ts) from analytics.buy b
            where b.tenant_id = p_tenant_id and b.u = k.u and b.event_ts > k.last_ts
        ) as event_ts
        from pg_temp.changed_user c
        inner join analytics.open_cart k on k.tenant_id = p_tenant_id and k.u = c.u
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
