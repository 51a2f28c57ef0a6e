-- What adds up over days, per location, for the days p_from to p_to; by revenue, then location.
create or replace function analytics.get_location_statistics(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null
)
returns table (
    location_id text, location_name text, revenue numeric, purchases bigint, sessions bigint, page_views bigint,
    add_to_carts bigint, abandoned_carts bigint, abandoned_value numeric, searches bigint, failed_searches bigint
)
language plpgsql stable
-- (the days of all locations lie together: page by page)
set enable_indexscan = off
as $$
#variable_conflict use_column
begin
    return query
    select t.location_id, coalesce(l.location_name, t.location_id), round(sum(t.revenue), 2),
        sum(t.purchases)::bigint, sum(t.sessions)::bigint, sum(t.page_views)::bigint, sum(t.add_to_carts)::bigint,
        sum(t.abandoned_carts)::bigint, sum(t.abandoned_value), sum(t.searches)::bigint,
        sum(t.failed_searches)::bigint
    from analytics.day_total t
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = t.location_id
    where t.tenant_id = p_tenant_id and t.day between p_from and p_to
        and t.location_id <> '' and (p_location_id is null or t.location_id = p_location_id)
    group by t.location_id, l.location_name
    order by 3 desc, 1;
end
$$;
