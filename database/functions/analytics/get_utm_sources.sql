-- The leads of the days p_from to p_to by platform and utm_source, of all platforms or of some; null: they name none. By
-- leads, then revenue, platform and source.
create or replace function analytics.get_utm_sources(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50
)
returns table (
    platform text, utm_source text, leads bigint, n_contracts bigint, revenue numeric
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
    select t.platform, nullif(t.utm_source, ''), t.leads, t.contracts, round(t.revenue, 2)
    from (
        select l.platform, l.utm_source, sum(l.leads)::bigint as leads, sum(l.contracts)::bigint as contracts,
            sum(l.revenue) as revenue
        from analytics.lead_facts_of(p_tenant_id, v_from, v_to) l
        where p_platforms is null or l.platform = any(p_platforms)
        group by l.platform, l.utm_source
        having sum(l.leads) > 0
    ) t
    order by t.leads desc, t.revenue desc, t.platform collate "C", t.utm_source collate "C"
    limit p_limit;
end
$$;
