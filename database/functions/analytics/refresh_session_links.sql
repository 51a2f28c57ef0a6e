-- Links the sessions of the changed users to the two before and the one after.
create or replace function analytics.refresh_session_links(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.session_link
    select s.user_pseudo_id, s.session_id, s.day, lag(s.day) over w, lag(s.day, 2) over w, lead(s.day) over w,
        s.prev_day, s.prev2_day, s.next_day
    from pg_temp.changed_user c
    inner join analytics.session s on s.tenant_id = p_tenant_id and s.u = c.u
    window w as (partition by s.u order by s.first_ts, s.first_id);

    -- next_day tells nothing of the day itself: only the lists read it.
    insert into pg_temp.changed_day
    select distinct l.day from pg_temp.session_link l
    where (l.prev_day, l.prev2_day) is distinct from (l.old_prev_day, l.old_prev2_day);

    delete from pg_temp.session_link l
    where (l.prev_day, l.prev2_day, l.next_day) is not distinct from (l.old_prev_day, l.old_prev2_day, l.old_next_day);
    perform analytics.analyze_working_table('session_link');
    update analytics.session s
    set prev_day = l.prev_day, prev2_day = l.prev2_day, next_day = l.next_day
    from pg_temp.session_link l
    where s.tenant_id = p_tenant_id and s.user_pseudo_id = l.user_pseudo_id and s.session_id = l.session_id;
end
$$;
