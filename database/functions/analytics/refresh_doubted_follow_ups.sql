-- refresh_doubted's part for follow-ups: all that were reported, worked or stored on these days.
create or replace function analytics.refresh_doubted_follow_ups(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_lo timestamptz;
    v_hi timestamptz;
begin
    select auth.day_start(min(t.day), p_time_zone), auth.day_start(max(t.day) + 1, p_time_zone) into v_lo, v_hi
    from pg_temp.doubted_day t;
    insert into pg_temp.dirty_task select analytics.tasks_told(p_tenant_id, '{}', v_lo, v_hi);
    insert into pg_temp.dirty_task
    select w.task_key from analytics.task_status w
    where w.tenant_id = p_tenant_id and w.kind <> 'purchases' and w.first_worked_at >= v_lo and w.first_worked_at < v_hi;
    insert into pg_temp.dirty_task
    select f.task_key from analytics.follow_up f
    where f.tenant_id = p_tenant_id and f.day in (select t.day from pg_temp.doubted_day t);
    insert into pg_temp.follow_up_day select t.day from pg_temp.doubted_day t;
end
$$;
