-- What a task rests on: its branch, its device and user according to its events, and its last activity. No row if there
-- is no such task.
create or replace function analytics.task_origin(p_tenant_id uuid, p_kind text, p_task_key text)
returns table (location_id text, user_pseudo_id text, user_id text, last_activity_at timestamptz)
language plpgsql stable rows 1
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
    if p_kind = 'purchases' then
        return query select s.location_id, s.user_pseudo_id, s.user_id, s.event_ts
        from analytics.sale s where s.tenant_id = p_tenant_id and s.task_key = p_task_key;
    elsif p_kind = 'cart-abandonment' then
        return query select s.location_id, s.user_pseudo_id, s.user_id, s.last_ts
        from analytics.open_cart s where s.tenant_id = p_tenant_id and s.task_key = p_task_key;
    elsif p_kind = 'search-analysis' then
        return query select s.location_id, s.user_pseudo_id, s.user_id, s.last_ts
        from analytics.session_search s where s.tenant_id = p_tenant_id and s.task_key = p_task_key;
    elsif p_kind = 'repeat-visits' then
        return query select s.last_location_id, s.user_pseudo_id, s.user_id, s.last_ts
        from analytics.session s where s.tenant_id = p_tenant_id and s.task_key = p_task_key;
    end if;
end
$$;
