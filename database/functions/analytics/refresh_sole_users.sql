-- Records devices whose only user has changed. A device is looked at as a whole only if its rows of the span name a
-- user who is not known as its only one, or no longer name one whom they named.
create or replace function analytics.refresh_sole_users(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with named as (
        select distinct v.device, v.user_id from pg_temp.visit v where v.device <> '' and v.user_id <> ''
    ),
    was_named as (
        select s.user_pseudo_id as device, s.user_id
        from pg_temp.stored_visit s
        where s.user_pseudo_id <> '' and s.user_id <> ''
        except select n.device, n.user_id from named n
    ),
    unsure as materialized (
        select n.device
        from named n
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = n.device
        where o.user_id is distinct from n.user_id
        union select w.device from was_named w
        union
        select v.device
        from pg_temp.visit v inner join pg_temp.doubted_day t on t.day = v.day
        where v.device <> ''
        union
        -- Devices with a stored day that has no rows any more.
        select s.user_pseudo_id
        from pg_temp.stored_visit s inner join pg_temp.doubted_day t on t.day = s.day
        where s.user_pseudo_id <> ''
    ),
    seen as (
        select x.device, nullif(v.user_id, '') as user_id
        from unsure x
        inner join pg_temp.dirty_span d on d.device = x.device
        inner join analytics.visit_day v on v.tenant_id = p_tenant_id and v.user_pseudo_id = x.device
            and not (v.day >= d.lo_day and v.day < d.hi_day)
        union all
        select n.device, n.user_id from named n
    ),
    sole as (
        select x.device, case when min(s.user_id) = max(s.user_id) then min(s.user_id) end as user_id
        from unsure x left join seen s on s.device = x.device
        group by 1
    ),
    differs as (
        select s.device, s.user_id
        from sole s
        left join analytics.device_user u on u.tenant_id = p_tenant_id and u.user_pseudo_id = s.device
        where s.user_id is distinct from u.user_id
    ),
    noted as (
        -- Only stored rows are re-keyed. In a tenant's first run there are none, and this saves trying every device.
        insert into pg_temp.rekeyed_device
        select x.device
        from differs x
        where exists (
            select 1 from analytics.visit_day v where v.tenant_id = p_tenant_id and v.user_pseudo_id = x.device
        )
    ),
    dropped as (
        delete from analytics.device_user u
        using differs x
        where u.tenant_id = p_tenant_id and u.user_pseudo_id = x.device and x.user_id is null
    )
    insert into analytics.device_user (tenant_id, user_pseudo_id, user_id)
    select p_tenant_id, x.device, x.user_id from differs x where x.user_id is not null
    on conflict (tenant_id, user_pseudo_id) do update set user_id = excluded.user_id;
end
$$;
