-- Removes what was recorded about a user's tasks: theirs, and those of devices that nobody else was seen on. Called
-- before the summaries that say whose a task is are computed again. Returns the keys of all these tasks, and how many
-- records were removed.
create or replace function analytics.erase_user(p_tenant_id uuid, p_user_id text, p_devices text[])
returns table (task_keys text[], notes bigint)
language plpgsql
as $$
declare
    v_keys text[] := p_user_id || p_devices;
begin
    return query
    with task as materialized (
        select 'purchases' as kind, x.task_key from analytics.sale x
        where x.tenant_id = p_tenant_id and x.u = any(v_keys)
        union all
        select 'cart-abandonment', x.task_key from analytics.open_cart x
        where x.tenant_id = p_tenant_id and x.u = any(v_keys)
        union all
        select 'search-analysis', x.task_key from analytics.session_search x
        where x.tenant_id = p_tenant_id and x.u = any(v_keys)
        union all
        select 'repeat-visits', x.task_key from analytics.session x
        where x.tenant_id = p_tenant_id and x.u = any(v_keys)
    ),
    gone as (
        delete from analytics.task_status t
        where t.tenant_id = p_tenant_id
            and (
                t.user_id = p_user_id or t.user_pseudo_id = any(p_devices)
                or exists (select from task x where x.kind = t.kind and x.task_key = t.task_key)
            )
        returning t.task_key
    ),
    marked as (
        insert into analytics.dirty_key (tenant_id, task_keys)
        select p_tenant_id, array(
            select x.task_key from task x
            union select g.task_key from gone g
            union
            select f.task_key from analytics.follow_up f
            where f.tenant_id = p_tenant_id
                and (f.u = any(v_keys) or f.user_id = p_user_id or f.user_pseudo_id = any(p_devices))
        )
    )
    select
        array(select t.task_key from task t union select g.task_key from gone g), (select count(*) from gone);
end
$$;
