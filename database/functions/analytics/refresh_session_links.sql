-- Links the sessions of the changed users: to the two before, the one after, and the purchases around.
create or replace function analytics.refresh_session_links(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    -- One pass in time over sessions and purchases: purchases at the time of a session come after it.
    insert into pg_temp.session_link
    with moment as (
        select s.u, s.first_ts as ts, s.first_id as id, 0 as is_buy, s.user_pseudo_id, s.session_id, s.day
        from pg_temp.changed_user c
        inner join analytics.session s on s.tenant_id = p_tenant_id and s.u = c.u
        union all
        select b.u, b.event_ts, b.event_id, 1, null, null, null
        from pg_temp.changed_user c
        inner join analytics.buy b on b.tenant_id = p_tenant_id and b.u = c.u
    ),
    around as (
        select m.*,
            max(m.ts) filter (where m.is_buy = 1) over before as prev_buy_ts,
            min(m.ts) filter (where m.is_buy = 1) over after as next_buy_ts
        from moment m
        window
            before as (partition by m.u order by m.ts, m.is_buy, m.id rows unbounded preceding),
            after as (partition by m.u order by m.ts, m.is_buy, m.id rows between current row and unbounded following)
    )
    select a.user_pseudo_id, a.session_id, a.day, lag(a.day) over w, lag(a.day, 2) over w, lead(a.day) over w,
        a.prev_buy_ts, a.next_buy_ts
    from around a
    where a.is_buy = 0
    window w as (partition by a.u order by a.ts, a.id);
    perform analytics.analyze_working_table('session_link');

    insert into pg_temp.changed_day
    select distinct l.day
    from pg_temp.session_link l
    inner join analytics.session s
        on s.tenant_id = p_tenant_id and s.user_pseudo_id = l.user_pseudo_id and s.session_id = l.session_id
    where (s.prev_day, s.prev2_day) is distinct from (l.prev_day, l.prev2_day);

    update analytics.session s
    set prev_day = l.prev_day, prev2_day = l.prev2_day, next_day = l.next_day,
        prev_buy_ts = l.prev_buy_ts, next_buy_ts = l.next_buy_ts
    from pg_temp.session_link l
    where s.tenant_id = p_tenant_id and s.user_pseudo_id = l.user_pseudo_id and s.session_id = l.session_id
        and (s.prev_day, s.prev2_day, s.next_day, s.prev_buy_ts, s.next_buy_ts)
        is distinct from (l.prev_day, l.prev2_day, l.next_day, l.prev_buy_ts, l.next_buy_ts);
end
$$;
