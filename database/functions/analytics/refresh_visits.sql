-- Counts the device-days of the spans anew, and notes devices whose only user is another one now.
create or replace function analytics.refresh_visits(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with gone as (
        delete from analytics.visit_day v
        using pg_temp.dirty_span d
        where v.tenant_id = p_tenant_id and v.user_pseudo_id = d.device and (d.device <> '' or v.user_id = d.owner)
            and v.day >= (d.lo at time zone p_time_zone)::date and v.day < (d.hi at time zone p_time_zone)::date
        returning v.u, v.day
    ),
    users as (
        insert into pg_temp.changed_user select distinct g.u from gone g where g.u is not null
    )
    insert into pg_temp.changed_day select distinct g.day from gone g;

    with seen as (
        select d.device, nullif(v.user_id, '') as user_id
        from pg_temp.dirty_span d
        inner join analytics.visit_day v on v.tenant_id = p_tenant_id and v.user_pseudo_id = d.device
        where d.device <> ''
        union all
        select r.device, r.user_id from pg_temp.event_row r where r.device <> ''
    ),
    sole as (
        select d.device, case when min(s.user_id) = max(s.user_id) then min(s.user_id) end as user_id
        from pg_temp.dirty_span d left join seen s on s.device = d.device
        where d.device <> ''
        group by 1
    ),
    differs as (
        select s.device, s.user_id
        from sole s
        left join analytics.device_user u on u.tenant_id = p_tenant_id and u.user_pseudo_id = s.device
        where s.user_id is distinct from u.user_id
    ),
    noted as (
        insert into pg_temp.rekeyed_device select x.device from differs x
    ),
    dropped as (
        delete from analytics.device_user u
        using differs x
        where u.tenant_id = p_tenant_id and u.user_pseudo_id = x.device and x.user_id is null
    )
    insert into analytics.device_user (tenant_id, user_pseudo_id, user_id)
    select p_tenant_id, x.device, x.user_id from differs x where x.user_id is not null
    on conflict (tenant_id, user_pseudo_id) do update set user_id = excluded.user_id;

    with counted as (
        select r.device, (r.event_ts at time zone p_time_zone)::date as day, r.user_id, r.location_id,
            count(*) as events,
            count(*) filter (where r.kind = 'page_view') as page_views,
            count(*) filter (where r.kind = 'add_to_cart') as add_to_carts,
            count(*) filter (where r.kind in ('view_search_results', 'no_search_results')) as searches,
            count(*) filter (where r.kind = 'no_search_results') as failed_searches,
            max(r.event_ts) as last_ts
        from pg_temp.event_row r
        group by 1, 2, 3, 4
    ),
    owned as (
        select c.*, coalesce(c.user_id, u.user_id, nullif(c.device, '')) as u
        from counted c
        left join analytics.device_user u on u.tenant_id = p_tenant_id and u.user_pseudo_id = c.device
    ),
    added as (
        insert into analytics.visit_day (
            tenant_id, user_pseudo_id, day, user_id, row_location_id, u, location_id,
            events, page_views, add_to_carts, searches, failed_searches, last_ts
        )
        select p_tenant_id, o.device, o.day, coalesce(o.user_id, ''), coalesce(o.location_id, ''), o.u,
            coalesce(o.location_id, h.location_id, ''),
            o.events, o.page_views, o.add_to_carts, o.searches, o.failed_searches, o.last_ts
        from owned o left join data.users h on h.tenant_id = p_tenant_id and h.user_id = o.u
        returning u, day
    ),
    users as (
        insert into pg_temp.changed_user select distinct a.u from added a where a.u is not null
    )
    insert into pg_temp.changed_day select distinct a.day from added a;
end
$$;
