-- What adds up over days, per location, for the days p_from to p_to; by revenue, then location.
create or replace function analytics.get_location_statistics(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null
)
returns table (
    location_id text, location_name text, revenue numeric, purchases bigint, sessions bigint, page_views bigint,
    add_to_carts bigint, abandoned_carts bigint, abandoned_value numeric, searches bigint, failed_searches bigint
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
-- A day's locations are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
begin
    return query
    select t.location_id, coalesce(l.location_name, t.location_id), round(t.revenue, 2), t.purchases, t.sessions,
        t.page_views, t.add_to_carts, t.abandoned_carts, t.abandoned_value, t.searches, t.failed_searches
    from (
        select d.location_id, sum(d.revenue) as revenue, sum(d.purchases)::bigint as purchases,
            sum(d.sessions)::bigint as sessions, sum(d.page_views)::bigint as page_views,
            sum(d.add_to_carts)::bigint as add_to_carts, sum(d.abandoned_carts)::bigint as abandoned_carts,
            sum(d.abandoned_value) as abandoned_value, sum(d.searches)::bigint as searches,
            sum(d.failed_searches)::bigint as failed_searches
        from analytics.day_total d
        where d.tenant_id = p_tenant_id and d.day between p_from and p_to
            and d.location_id <> '' and (p_location_id is null or d.location_id = p_location_id)
        group by d.location_id
    ) t
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = t.location_id
    order by 3 desc, 1;
end
$$;
