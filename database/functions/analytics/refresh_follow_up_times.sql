-- Finds again when the dirty tasks were first followed up, and for which day, branch and rep that counts. Their
-- customers' purchases are assigned again, including those that counted for what is gone.
create or replace function analytics.refresh_follow_up_times(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_keys text[] := array(select distinct t.task_key from pg_temp.dirty_task t);
begin
    if cardinality(v_keys) = 0 then
        return;
    end if;
    with gone as (
        delete from analytics.follow_up f
        where f.tenant_id = p_tenant_id and f.task_key = any(v_keys)
        returning f.u, f.day
    ),
    former as (
        insert into pg_temp.changed_follower select distinct g.u from gone g where g.u is not null
    )
    insert into pg_temp.follow_up_day select distinct g.day from gone g;

    with told as materialized (
        select * from analytics.first_told(p_tenant_id, v_keys)
    ),
    worked as materialized (
        select w.kind, w.task_key, w.first_worked_at as at, w.location_id, lower(w.first_worked_by) as rep,
            w.last_activity_at, w.user_pseudo_id, w.user_id
        from analytics.task_status w
        where w.tenant_id = p_tenant_id and w.kind in ('cart-abandonment', 'search-analysis', 'repeat-visits')
            and w.task_key = any(v_keys) and w.first_worked_at is not null
    ),
    first_time as (
        select false as is_compared, coalesce(e.task_key, w.task_key) as task_key, coalesce(e.kind, w.kind) as kind,
            least(e.at, w.at) as at, case when e.at <= w.at or w.at is null then e.location_id else w.location_id end as location_id,
            coalesce(w.rep, e.rep) as rep, false as is_held_out,
            coalesce(e.last_activity_at, w.last_activity_at) as last_activity_at,
            case when e.task_key is null then w.user_pseudo_id else e.user_pseudo_id end as user_pseudo_id,
            case when e.task_key is null then w.user_id else e.user_id end as user_id
        from (select * from told t where not t.is_compared) e
        full join worked w on w.task_key = e.task_key
        union all
        select true, t.task_key, t.kind, t.at, t.location_id, t.rep, t.is_held_out, t.last_activity_at,
            t.user_pseudo_id, t.user_id
        from told t
        where t.is_compared and t.hold_out_pct > 0
    ),
    added as (
        insert into analytics.follow_up (
            tenant_id, is_compared, task_key, kind, at, day, location_id, rep, is_held_out, last_activity_at,
            user_pseudo_id, user_id, u
        )
        select p_tenant_id, f.is_compared, f.task_key, f.kind, f.at, (f.at at time zone p_time_zone)::date, f.location_id,
            f.rep, f.is_held_out, f.last_activity_at, f.user_pseudo_id, f.user_id,
            coalesce(f.user_id, o.user_id, f.user_pseudo_id)
        from first_time f
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = f.user_pseudo_id
        -- People who are being erased: reports may still mention them.
        where not exists (
            select from data.erasure x
            where x.tenant_id = p_tenant_id
                and (x.user_id = f.user_id or f.user_id is null and f.user_pseudo_id = any(x.own_devices))
        )
        returning u, day
    ),
    now_so as (
        insert into pg_temp.changed_follower select distinct a.u from added a where a.u is not null
    )
    insert into pg_temp.follow_up_day select distinct a.day from added a;
end
$$;
