-- Brings the results of follow-ups up to date: the first moments of tasks that were reported or worked, whose they are
-- now, which purchases count for them, and the sums of the days on which any of it changed.
create or replace function analytics.refresh_follow_ups(p_tenant_id uuid, p_time_zone text, p_is_anew boolean)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if p_is_anew then
        insert into pg_temp.follow_up_day
        select distinct t.day from analytics.follow_up_total t where t.tenant_id = p_tenant_id;
        delete from analytics.follow_up f where f.tenant_id = p_tenant_id;
        insert into pg_temp.dirty_task select analytics.tasks_told(p_tenant_id, '{}', '-infinity', 'infinity');
        insert into pg_temp.dirty_task
        select w.task_key from analytics.task_status w
        where w.tenant_id = p_tenant_id and w.kind <> 'purchases' and w.first_worked_at is not null;
    else
        if exists (select from pg_temp.dirty_delivery) then
            insert into pg_temp.dirty_task
            select analytics.tasks_told(p_tenant_id, array(select x.delivery_id from pg_temp.dirty_delivery x), null, null);
        end if;
        if exists (select from pg_temp.doubted_day) then
            perform analytics.refresh_doubted_follow_ups(p_tenant_id, p_time_zone);
        end if;
    end if;
    perform analytics.refresh_follow_up_times(p_tenant_id, p_time_zone);
    perform analytics.refresh_follow_up_owners(p_tenant_id);
    perform analytics.refresh_follow_up_claims(p_tenant_id);
    perform analytics.refresh_follow_up_totals(p_tenant_id);
end
$$;
