-- Per day of p_from to p_to, users with two or more sessions that began at a location on it, wherever they ended; days
-- without are left out.
create or replace function analytics.repeat_visitors_by_day(
    p_tenant_id uuid, p_location_id text, p_from date, p_to date
)
returns table (day date, repeat_visitors bigint)
language sql stable
as $$
    select x.day, count(*)
    from (
        select v.day, v.u
        from (
            select s.day, s.u from analytics.session s
            where s.tenant_id = p_tenant_id and s.location_id = p_location_id and s.day between p_from and p_to
            union all
            select e.day, e.u from analytics.sessions_ended_elsewhere(p_tenant_id, p_location_id, p_from, p_to) e
            where current_setting('app.branch_codes', true) <> ''
        ) v
        group by 1, 2 having count(*) >= 2
    ) x
    group by 1
$$;
