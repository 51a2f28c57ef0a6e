-- The p_limit terms searched most, of the searches of the days p_from to p_to, type-ahead folded in.
create or replace function analytics.get_top_search_terms(
    p_tenant_id uuid, p_from date, p_to date, p_location_id text default null, p_limit integer default 10
)
returns table (search_term text, searches bigint, no_result_searches bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    select s.search_term, sum(s.searches)::bigint, sum(s.no_result_searches)::bigint
    from analytics.session_search s
    where s.tenant_id = p_tenant_id and s.day between p_from and p_to
        and (p_location_id is null or s.location_id = p_location_id)
    group by 1
    order by 2 desc, 1
    limit p_limit;
end
$$;
