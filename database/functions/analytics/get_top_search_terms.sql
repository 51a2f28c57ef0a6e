-- The p_limit terms searched most, in the searches of the days p_from to p_to, with type-ahead searches merged. Summed
-- months are read from their sums.
create or replace function analytics.get_top_search_terms(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null, p_limit integer default 10
)
returns table (search_term text, searches bigint, no_result_searches bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_since date;
    v_until date;
begin
    select m.since, m.until into v_since, v_until
    from analytics.summed_top_months(p_tenant_id, p_from, p_to, p_location_id) m;
    return query
    select x.search_term, sum(x.searches)::bigint, sum(x.no_result_searches)::bigint
    from (
        select t.search_term, t.searches, t.no_result_searches
        from analytics.search_term_month t
        where t.tenant_id = p_tenant_id and t.month >= v_since and t.month < v_until and v_since < v_until
        union all
        select s.search_term, s.searches, s.no_result_searches
        from analytics.session_search s
        where s.tenant_id = p_tenant_id and s.day >= p_from and s.day < v_since
            and (p_location_id is null or s.location_id = p_location_id)
        union all
        select s.search_term, s.searches, s.no_result_searches
        from analytics.session_search s
        where s.tenant_id = p_tenant_id and s.day >= v_until and s.day <= p_to and v_until <= p_to
            and (p_location_id is null or s.location_id = p_location_id)
    ) x
    group by x.search_term
    order by 2 desc, 1
    limit p_limit;
end
$$;
