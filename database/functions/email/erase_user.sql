-- Removes the tasks of a user from reports, and those of devices that nobody else was seen on, with the links to them
-- and what was done on their pages. A report stays, with the number of its tasks. Returns counts by table.
create or replace function email.erase_user(p_tenant_id uuid, p_user_id text, p_devices text[])
returns table (name text, rows bigint)
language plpgsql
as $$
begin
    return query
    with theirs as materialized (
        select t.delivery_id, t.task_no, t.customer_no
        from email.report_task t
        where t.tenant_id = p_tenant_id
            and (t.user_key = any(p_user_id || p_devices) or t.user_id = p_user_id or t.user_pseudo_id = any(p_devices))
    ),
    actions as (
        delete from email.task_action a
        using (select distinct t.delivery_id, t.customer_no from theirs t) x
        where a.tenant_id = p_tenant_id and a.delivery_id = x.delivery_id and a.customer_no = x.customer_no
        returning 1
    ),
    links as (
        delete from email.link l
        using (select distinct t.delivery_id, t.customer_no from theirs t) x
        where l.tenant_id = p_tenant_id and l.delivery_id = x.delivery_id and l.customer_no = x.customer_no
        returning 1
    ),
    tasks as (
        delete from email.report_task t
        using theirs x
        where t.tenant_id = p_tenant_id and t.delivery_id = x.delivery_id and t.task_no = x.task_no
        returning 1
    )
    select 'task_action', count(*) from actions
    union all select 'link', count(*) from links
    union all select 'report_task', count(*) from tasks;
end
$$;
