-- Branches with events, of all time, by location_id; revenue in the tenant's currency.
create or replace function analytics.get_locations_with_activity_table(p_tenant_id uuid)
returns table (
    location_id text, location_name text, city text, state text, events bigint, purchases bigint, revenue numeric,
    last_activity_at timestamptz
)
language plpgsql stable
-- A day's locations are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
begin
    return query
    select t.location_id, coalesce(l.location_name, t.location_id), l.city, l.state, sum(t.events)::bigint,
        sum(t.purchases)::bigint, round(sum(t.revenue), 2), max(t.last_ts)
    from analytics.day_total t
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = t.location_id
    where t.tenant_id = p_tenant_id and t.location_id <> ''
    group by t.location_id, l.location_name, l.city, l.state
    order by t.location_id;
end
$$;
