-- Users with two or more sessions that began at a location in the days p_from to p_to.
create or replace function analytics.repeat_visitors_of_location(
    p_tenant_id uuid, p_location_id text, p_from date, p_to date
)
returns table (repeat_visitors bigint)
language sql stable
as $$
    select count(*)
    from (
        select s.u from analytics.session s
        where s.tenant_id = p_tenant_id and s.location_id = p_location_id and s.day between p_from and p_to
        group by s.u having count(*) >= 2
    ) x
$$;
