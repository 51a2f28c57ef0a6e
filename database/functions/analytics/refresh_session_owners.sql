-- session's part of refresh_owners: the user and location of its first row, and the location of its last row, whose
-- user may be another.
create or replace function analytics.refresh_session_owners(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with touched as (
        select s.user_pseudo_id, s.session_id, s.u, s.user_id, s.last_user_id, s.row_location_id, s.last_row_location_id
        from analytics.session s
        where s.tenant_id = p_tenant_id and s.user_pseudo_id in (select r.device from pg_temp.rekeyed_device r)
        union
        select s.user_pseudo_id, s.session_id, s.u, s.user_id, s.last_user_id, s.row_location_id, s.last_row_location_id
        from analytics.session s
        where s.tenant_id = p_tenant_id and s.u in (select r.user_id from pg_temp.home_user r)
        union
        select s.user_pseudo_id, s.session_id, s.u, s.user_id, s.last_user_id, s.row_location_id, s.last_row_location_id
        from analytics.session s
        where s.tenant_id = p_tenant_id
            and coalesce(s.last_user_id, s.user_pseudo_id) in (select r.user_id from pg_temp.home_user r)
    ),
    owned as (
        select t.user_pseudo_id, t.session_id, t.u as old_u, t.row_location_id, t.last_row_location_id,
            coalesce(t.user_id, o.user_id, t.user_pseudo_id) as u,
            coalesce(t.last_user_id, o.user_id, t.user_pseudo_id) as last_u
        from touched t
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = t.user_pseudo_id
    ),
    now_known as (
        select w.user_pseudo_id, w.session_id, w.old_u, w.u,
            coalesce(w.row_location_id, h.location_id) as location_id,
            coalesce(w.last_row_location_id, l.location_id) as last_location_id
        from owned w
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = w.u
        left join data.users l on l.tenant_id = p_tenant_id and l.user_id = w.last_u
    ),
    changed as (
        update analytics.session s
        set u = n.u, location_id = n.location_id, last_location_id = n.last_location_id
        from now_known n
        where s.tenant_id = p_tenant_id and s.user_pseudo_id = n.user_pseudo_id and s.session_id = n.session_id
            and (s.u, s.location_id, s.last_location_id)
            is distinct from (n.u, n.location_id, n.last_location_id)
        returning n.old_u, n.u, s.day
    ),
    users as (
        insert into pg_temp.changed_user select c.old_u, c.day from changed c union select c.u, c.day from changed c
    )
    insert into pg_temp.changed_day select distinct c.day from changed c;
end
$$;
