-- Computes the dirty sessions anew. refresh_neighbours fills in their neighbours.
create or replace function analytics.refresh_sessions(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with gone as (
        delete from analytics.session s
        using pg_temp.dirty_session x
        where s.tenant_id = p_tenant_id and s.user_pseudo_id = x.device and s.session_id = x.session_id
        returning s.u, s.day
    ),
    users as (
        insert into pg_temp.changed_user select distinct g.u from gone g
    )
    insert into pg_temp.changed_day select distinct g.day from gone g;

    with first_row as (
        select distinct on (r.device, r.session_id)
            r.device, r.session_id, r.event_ts, r.event_id, r.user_id, r.location_id,
            coalesce(r.user_id, o.user_id, r.device) as u
        from pg_temp.session_row r
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
        order by r.device, r.session_id, r.event_ts, r.event_id
    ),
    last_row as (
        select distinct on (r.device, r.session_id)
            r.device, r.session_id, r.event_ts, r.user_id, r.location_id, coalesce(r.user_id, o.user_id, r.device) as u
        from pg_temp.session_row r
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
        order by r.device, r.session_id, r.event_ts desc, r.event_id desc
    ),
    counted as (
        select r.device, r.session_id, count(*) filter (where r.kind = 'page_view') as page_views,
            bool_or(r.kind = 'purchase') as bought
        from pg_temp.session_row r group by 1, 2
    ),
    product as (
        select r.device, r.session_id, coalesce(i.item ->> 'item_id', i.item ->> 'item_name') as item_id,
            max(i.item ->> 'item_name') as item_name, count(*) as views,
            (extract(epoch from min(r.event_ts)) * 1000000)::bigint as first_us
        from pg_temp.session_row r
        cross join lateral jsonb_array_elements(r.items) as i (item)
        where r.kind = 'view_item' and jsonb_typeof(r.items) = 'array'
        group by 1, 2, 3
    ),
    viewed as (
        select p.device, p.session_id, jsonb_agg(
            jsonb_build_object(
                'item_id', p.item_id, 'item_name', p.item_name, 'views', p.views, 'first_us', p.first_us
            ) order by p.first_us, p.item_id
        ) as products
        from product p where p.item_id is not null group by 1, 2
    ),
    added as (
        insert into analytics.session (
            tenant_id, user_pseudo_id, session_id, day, first_ts, first_id, last_ts, user_id, u, row_location_id,
            location_id, last_user_id, last_row_location_id, last_location_id, page_views, bought, viewed, task_key
        )
        select p_tenant_id, f.device, f.session_id, (f.event_ts at time zone p_time_zone)::date, f.event_ts, f.event_id,
            l.event_ts, f.user_id, f.u, f.location_id, coalesce(f.location_id, fh.location_id),
            l.user_id, l.location_id, coalesce(l.location_id, lh.location_id), c.page_views, c.bought, v.products,
            analytics.task_key(array['repeat-visits', f.device, f.session_id])
        from first_row f
        inner join last_row l on l.device = f.device and l.session_id = f.session_id
        inner join counted c on c.device = f.device and c.session_id = f.session_id
        left join viewed v on v.device = f.device and v.session_id = f.session_id
        left join data.users fh on fh.tenant_id = p_tenant_id and fh.user_id = f.u
        left join data.users lh on lh.tenant_id = p_tenant_id and lh.user_id = l.u
        returning u, day
    ),
    users as (
        insert into pg_temp.changed_user select distinct a.u from added a
    )
    insert into pg_temp.changed_day select distinct a.day from added a;
end
$$;
