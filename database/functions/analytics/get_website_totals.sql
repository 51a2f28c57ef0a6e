-- The exact sums of the website on the days p_from to p_to: goals are compared with these. One row.
create or replace function analytics.get_website_totals(p_tenant_id uuid, p_from date, p_to date)
returns table (
    sessions bigint, bought_sessions bigint, page_views bigint, add_to_carts bigint, searches bigint, purchases bigint,
    online_revenue numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select coalesce(sum(t.sessions), 0)::bigint, coalesce(sum(t.bought_sessions), 0)::bigint,
        coalesce(sum(t.page_views), 0)::bigint, coalesce(sum(t.add_to_carts), 0)::bigint,
        coalesce(sum(t.searches), 0)::bigint, coalesce(sum(t.purchases), 0)::bigint, coalesce(sum(t.revenue), 0)
    from analytics.day_total t
    where t.tenant_id = p_tenant_id and t.location_id = '' and t.day between p_from and p_to;
end
$$;
