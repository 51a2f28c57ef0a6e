-- visit_day's part of refresh_owners.
create or replace function analytics.refresh_visit_owners(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with touched as (
        select v.day, v.row_location_id, v.user_id, v.user_pseudo_id, v.u as old_u, v.location_id as old_location_id,
            coalesce(nullif(v.user_id, ''), o.user_id, nullif(v.user_pseudo_id, '')) as u
        from analytics.visit_day v
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = v.user_pseudo_id
        where v.tenant_id = p_tenant_id and v.user_id = ''
            and v.user_pseudo_id in (select r.device from pg_temp.rekeyed_device r)
        union
        select v.day, v.row_location_id, v.user_id, v.user_pseudo_id, v.u, v.location_id,
            coalesce(nullif(v.user_id, ''), o.user_id, nullif(v.user_pseudo_id, ''))
        from analytics.visit_day v
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = v.user_pseudo_id
        where v.tenant_id = p_tenant_id and v.u in (select r.user_id from pg_temp.home_user r)
    ),
    now_known as (
        select x.*, coalesce(nullif(x.row_location_id, ''), h.location_id, '') as location_id
        from touched x left join data.users h on h.tenant_id = p_tenant_id and h.user_id = x.u
    ),
    changed as (
        update analytics.visit_day v
        set u = n.u, location_id = n.location_id
        from now_known n
        where v.tenant_id = p_tenant_id and v.user_pseudo_id = n.user_pseudo_id and v.day = n.day and v.user_id = n.user_id and v.row_location_id = n.row_location_id
            and (n.u is distinct from n.old_u or n.location_id is distinct from n.old_location_id)
        returning n.old_u, n.u, v.day
    ),
    users as (
        insert into pg_temp.changed_user
        select c.old_u, c.day from changed c where c.old_u is not null
        union select c.u, c.day from changed c where c.u is not null
    )
    insert into pg_temp.changed_day select distinct c.day from changed c;
end
$$;
