-- What a hold-out shows: tasks of the days p_from to p_to that were emailed while customers were held out, beside those
-- of the customers who were (is_compared in analytics.follow_up). One row a group that has tasks: is_held_out, and sums
-- over its customers (U is the present user key), from which a rate and its uncertainty follow: customers, tasks,
-- recovered, and Σ tasks², Σ recovered², Σ tasks·recovered.
--
-- p_location_ids, and why it runs as the owner: as get_recovery.
create or replace function analytics.get_hold_out(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null
)
returns table (
    is_held_out boolean, customers bigint, tasks bigint, recovered bigint,
    tasks_squared bigint, recovered_squared bigint, tasks_recovered bigint
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_branches text[] := analytics.branches_asked(p_location_ids);
begin
    return query
    with customer as (
        select f.is_held_out, f.u, count(*) as tasks, count(*) filter (where f.is_recovered) as recovered
        from analytics.follow_up f
        where f.tenant_id = p_tenant_id and f.is_compared and f.day between p_from and p_to
            and (v_branches is null or f.location_id = any(v_branches))
        group by f.is_held_out, f.u
    )
    select c.is_held_out, count(*), sum(c.tasks)::bigint, sum(c.recovered)::bigint,
        sum(c.tasks * c.tasks)::bigint, sum(c.recovered * c.recovered)::bigint, sum(c.tasks * c.recovered)::bigint
    from customer c
    group by c.is_held_out;
end
$$;
revoke all on function analytics.get_hold_out(uuid, date, date, text[]) from public;
