-- Counts the device-days of the spans again, and writes what differs.
create or replace function analytics.refresh_visits(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    perform analytics.refresh_count_visits(p_tenant_id, p_time_zone);
    perform analytics.refresh_sole_users(p_tenant_id);
    with owned as (
        select v.*, coalesce(nullif(v.user_id, ''), o.user_id, nullif(v.device, '')) as u
        from pg_temp.visit v
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = v.device
    ),
    visit as materialized (
        select o.*, coalesce(nullif(o.row_location_id, ''), h.location_id, '') as location_id
        from owned o left join data.users h on h.tenant_id = p_tenant_id and h.user_id = o.u
    ),
    gone as (
        delete from analytics.visit_day v
        using pg_temp.stored_visit s
        where v.tenant_id = p_tenant_id and v.user_pseudo_id = s.user_pseudo_id and v.day = s.day
            and v.user_id = s.user_id and v.row_location_id = s.row_location_id
            and not exists (
                select 1 from pg_temp.visit n
                where n.device = s.user_pseudo_id and n.day = s.day and n.user_id = s.user_id
                    and n.row_location_id = s.row_location_id
            )
        returning v.u, v.day
    ),
    changed as (
        update analytics.visit_day v
        set u = n.u, location_id = n.location_id, events = n.events, page_views = n.page_views,
            add_to_carts = n.add_to_carts, searches = n.searches, failed_searches = n.failed_searches,
            last_ts = n.last_ts
        from visit n
        inner join pg_temp.stored_visit s on s.user_pseudo_id = n.device and s.day = n.day and s.user_id = n.user_id
            and s.row_location_id = n.row_location_id
        where v.tenant_id = p_tenant_id and v.user_pseudo_id = n.device and v.day = n.day
            and v.user_id = n.user_id and v.row_location_id = n.row_location_id
            and (
                n.u, n.location_id, n.events, n.page_views, n.add_to_carts, n.searches, n.failed_searches, n.last_ts
            ) is distinct from (
                s.u, s.location_id, s.events, s.page_views, s.add_to_carts, s.searches, s.failed_searches, s.last_ts
            )
        returning s.u as old_u, v.u, v.day
    ),
    added as (
        insert into analytics.visit_day (
            tenant_id, user_pseudo_id, day, user_id, row_location_id, u, location_id,
            events, page_views, add_to_carts, searches, failed_searches, last_ts
        )
        select p_tenant_id, n.device, n.day, n.user_id, n.row_location_id, n.u, n.location_id,
            n.events, n.page_views, n.add_to_carts, n.searches, n.failed_searches, n.last_ts
        from visit n
        where not exists (
            select 1 from pg_temp.stored_visit s
            where s.user_pseudo_id = n.device and s.day = n.day and s.user_id = n.user_id
                and s.row_location_id = n.row_location_id
        )
        returning u, day
    ),
    users as (
        insert into pg_temp.changed_user
        select x.u, min(x.day)
        from (
            select g.u, g.day from gone g
            union all select c.old_u, c.day from changed c where c.old_u is distinct from c.u
            union all select c.u, c.day from changed c where c.old_u is distinct from c.u
            union all select a.u, a.day from added a
        ) x
        where x.u is not null group by 1
    )
    insert into pg_temp.changed_day
    select g.day from gone g union select c.day from changed c union select a.day from added a;
end
$$;
