-- The worked tasks of a kind that a list of this status leaves out (null: of the open ones and of the snoozed whose day
-- has come; 'all': none). In FROM it is inlined into its caller's plan, as long as it has no settings of its own;
-- parallel safe, or the caller's plan could not be parallel.
create or replace function analytics.tasks_left_out(p_tenant_id uuid, p_kind text, p_status text, p_today date)
returns table (task_key text)
language sql stable parallel safe
as $$
    select t.task_key
    from analytics.task_status t
    where t.tenant_id = p_tenant_id and t.kind = p_kind and case
        when p_status is null then t.status <> 'open' and (t.status <> 'snoozed' or t.snooze_until > p_today)
        when p_status = 'all' then false
        else t.status <> p_status
    end
$$;
