-- Counts the device-days of the spans, and moves out what is stored of them, for refresh_visits to compare.
create or replace function analytics.refresh_count_visits(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.visit
    select r.device, (r.event_ts at time zone p_time_zone)::date, coalesce(r.user_id, ''), coalesce(r.location_id, ''),
        count(*),
        count(*) filter (where r.kind = 'page_view'),
        count(*) filter (where r.kind = 'add_to_cart'),
        count(*) filter (where r.kind in ('view_search_results', 'no_search_results')),
        count(*) filter (where r.kind = 'no_search_results'),
        max(r.event_ts)
    from pg_temp.event_row r
    group by 1, 2, 3, 4;
    perform analytics.analyze_working_table('visit');

    insert into pg_temp.stored_visit
    select v.user_pseudo_id, v.day, v.user_id, v.row_location_id, v.u, v.location_id, v.events, v.page_views,
        v.add_to_carts, v.searches, v.failed_searches, v.last_ts
    from pg_temp.dirty_span d
    inner join analytics.visit_day v on v.tenant_id = p_tenant_id and v.user_pseudo_id = d.device
        and (d.device <> '' or v.user_id = d.owner)
        and v.day >= d.lo_day and v.day < d.hi_day;
    perform analytics.analyze_working_table('stored_visit');
end
$$;
