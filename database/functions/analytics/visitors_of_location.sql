-- Distinct users with a row at a location in the days p_from to p_to.
create or replace function analytics.visitors_of_location(p_tenant_id uuid, p_location_id text, p_from date, p_to date)
returns table (visitors bigint)
language sql stable
as $$
    select count(*)
    from (
        select distinct v.u from analytics.visit_day v
        where v.tenant_id = p_tenant_id and v.location_id = p_location_id and v.day between p_from and p_to
            and v.u is not null
    ) x
$$;
