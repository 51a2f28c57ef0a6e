-- Sessions of the days p_from to p_to that began at a location and that the branches' policies hide, because they ended
-- at another: nothing except for callers who are limited to branches, and for them only their own. As
-- sessions_elsewhere.
create or replace function analytics.sessions_ended_elsewhere(
    p_tenant_id uuid, p_location_id text, p_from date, p_to date
)
returns table (u text, day date)
language plpgsql stable rows 1
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_branches text[] := analytics.readable_branches();
begin
    if p_location_id = any(v_branches) then
        return query
        select s.u, s.day
        from analytics.session s
        where s.tenant_id = p_tenant_id and s.location_id = p_location_id and s.day between p_from and p_to
            and (s.last_location_id = any(v_branches)) is not true;
    end if;
end
$$;
revoke all on function analytics.sessions_ended_elsewhere(uuid, text, date, date) from public;
