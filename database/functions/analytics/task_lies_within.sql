-- Whether such a task exists, at one of these branches; null, without a look, if no branches are named. Part of
-- policies on the statuses of tasks. Its stated cost is too low on purpose: it runs only for the few who are limited to
-- branches, and at its true cost it would distort the plans of everybody else, for whom it never runs. Its callers plan
-- each time: it does not.
create or replace function analytics.task_lies_within(
    p_tenant_id uuid, p_kind text, p_task_key text, p_location_ids text[]
)
returns boolean
language plpgsql stable strict parallel safe cost 1
set plan_cache_mode = force_generic_plan
as $$
begin
    if p_kind = 'purchases' then
        return exists (
            select 1 from analytics.sale s
            where s.tenant_id = p_tenant_id and s.task_key = p_task_key and s.location_id = any(p_location_ids)
        );
    elsif p_kind = 'cart-abandonment' then
        return exists (
            select 1 from analytics.open_cart s
            where s.tenant_id = p_tenant_id and s.task_key = p_task_key and s.location_id = any(p_location_ids)
        );
    elsif p_kind = 'search-analysis' then
        return exists (
            select 1 from analytics.session_search s
            where s.tenant_id = p_tenant_id and s.task_key = p_task_key and s.location_id = any(p_location_ids)
        );
    end if;
    return p_kind = 'repeat-visits' and exists (
        select 1 from analytics.session s
        where s.tenant_id = p_tenant_id and s.task_key = p_task_key and s.last_location_id = any(p_location_ids)
    );
end
$$;
