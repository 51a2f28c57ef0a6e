-- What a change of failed searches is made of: by term and branch, on the days p_days. Otherwise as
-- insights.get_leaves_of_leads; somebody who searches again and again counts as correspondingly more chance.
create or replace function insights.get_leaves_of_searches(
    p_tenant_id uuid, p_days date[], p_weights float8[], p_only text[], p_most integer,
    p_kept float8 default 1
)
returns table (
    members text[], names text[], expected float8, actual float8, variance float8,
    expected_below float8, actual_below float8, variance_below float8
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    with steps as materialized (
        select u.day, u.weight from unnest(p_days, p_weights) as u (day, weight)
    ),
    leaves as (
        select
            q.search_term, q.location_id, sum(q.no_result_searches * s.weight) as expected,
            coalesce(sum(q.no_result_searches) filter (where s.weight = 0), 0)::float8 as actual,
            sum(q.no_result_searches * q.no_result_searches * case s.weight when 0 then 1 else s.weight end) as variance
        from analytics.session_search q
        inner join steps s on s.day = q.day
        where
            q.tenant_id = p_tenant_id and q.day = any(p_days) and q.no_result_searches > 0
            and (p_only[1] is null or q.search_term = p_only[1])
            and (p_only[2] is null or q.location_id = p_only[2])
            and (p_kept >= 1 or (hashtextextended(q.user_pseudo_id || q.session_id || q.search_term, 0) & 65535) < p_kept * 65536)
        group by q.search_term, q.location_id
    ),
    ranked as (
        select
            l.*, row_number() over (order by greatest(l.expected, l.actual) desc, l.search_term, l.location_id) <= p_most as is_told
        from leaves l
    )
    select
        array[r.search_term, r.location_id], array[null, b.location_name], r.expected, r.actual, r.variance,
        0::float8, 0::float8, 0::float8
    from ranked r
    left join data.locations b on b.tenant_id = p_tenant_id and b.location_id = r.location_id
    where r.is_told
    union all
    select array_fill(null::text, array[2]), array_fill(null::text, array[2]), sum(r.expected), sum(r.actual), sum(r.variance), 0, 0, 0
    from ranked r
    where not r.is_told
    having count(*) > 0;
end
$$;
