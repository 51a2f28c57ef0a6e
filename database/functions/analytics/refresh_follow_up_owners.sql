-- Gives follow-ups to another user if a device's only user changed.
create or replace function analytics.refresh_follow_up_owners(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if not exists (select from pg_temp.rekeyed_device) then
        return;
    end if;
    with touched as (
        select f.is_compared, f.task_key, f.u as old_u, coalesce(o.user_id, f.user_pseudo_id) as u
        from (select distinct r.device from pg_temp.rekeyed_device r) r
        inner join analytics.follow_up f
            on f.tenant_id = p_tenant_id and f.user_pseudo_id = r.device and f.user_id is null
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
    ),
    changed as (
        update analytics.follow_up f
        set u = t.u
        from touched t
        where f.tenant_id = p_tenant_id and f.is_compared = t.is_compared and f.task_key = t.task_key and t.old_u <> t.u
        returning t.old_u, t.u
    )
    insert into pg_temp.changed_follower select c.old_u from changed c union select c.u from changed c;
end
$$;
