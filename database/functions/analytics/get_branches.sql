-- The leads of the days p_from to p_to by the branch that they name, beside its online orders. For some platforms: the
-- branches of their leads alone, because orders belong to no platform. By leads, then revenue, online revenue, and
-- branch.
create or replace function analytics.get_branches(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50
)
returns table (
    location_id text, location_name text, city text, leads bigint, contracts bigint, revenue numeric,
    conversion_rate numeric, purchases bigint, online_revenue numeric
)
language plpgsql stable
-- A month's rows are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
declare
    v_from date;
    v_to date;
begin
    select d.first_day, d.last_day into v_from, v_to from analytics.days_that_count(p_tenant_id, p_from, p_to) d;
    return query
    with named as (
        select l.location_id, sum(l.leads)::bigint as leads, sum(l.contracts)::bigint as contracts,
            sum(l.revenue) as revenue
        from analytics.branch_leads_of(p_tenant_id, v_from, v_to) l
        where p_platforms is null or l.platform = any(p_platforms)
        group by l.location_id
        having sum(l.leads) > 0
    ),
    online as (
        select t.location_id, sum(t.purchases)::bigint as purchases, sum(t.revenue) as revenue
        from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to and t.location_id <> ''
        group by t.location_id
    ),
    joined as (
        select coalesce(n.location_id, o.location_id) as location_id, coalesce(n.leads, 0) as leads,
            coalesce(n.contracts, 0) as contracts, coalesce(n.revenue, 0) as revenue,
            coalesce(o.purchases, 0) as purchases, coalesce(o.revenue, 0) as online_revenue
        from named n
        full join online o on o.location_id = n.location_id
        where p_platforms is null or n.location_id is not null
    )
    select j.location_id, coalesce(l.location_name, j.location_id), l.city, j.leads, j.contracts, round(j.revenue, 2),
        coalesce(round(100.0 * j.contracts / nullif(j.leads, 0), 1), 0), j.purchases, round(j.online_revenue, 2)
    from joined j
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = j.location_id
    order by j.leads desc, j.revenue desc, j.online_revenue desc, j.location_id collate "C"
    limit p_limit;
end
$$;
