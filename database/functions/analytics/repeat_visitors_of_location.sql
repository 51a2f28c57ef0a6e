-- Users with two or more sessions that began at a location in the days p_from to p_to, wherever they ended.
create or replace function analytics.repeat_visitors_of_location(
    p_tenant_id uuid, p_location_id text, p_from date, p_to date
)
returns table (repeat_visitors bigint)
language sql stable
as $$
    select count(*)
    from (
        select v.u
        from (
            select s.u from analytics.session s
            where s.tenant_id = p_tenant_id and s.location_id = p_location_id and s.day between p_from and p_to
            union all
            select e.u from analytics.sessions_ended_elsewhere(p_tenant_id, p_location_id, p_from, p_to) e
            where current_setting('app.branch_codes', true) <> ''
        ) v
        group by v.u having count(*) >= 2
    ) x
$$;
