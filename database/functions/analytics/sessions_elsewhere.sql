-- A user's sessions of the days p_from to p_to that the branches' policies hide: nothing except for callers who are
-- limited to branches, and for them only of their own customers. Runs as the owner, who is under the tenants' policies
-- but not under the branches'.
create or replace function analytics.sessions_elsewhere(p_tenant_id uuid, p_u text, p_from date, p_to date)
returns table (page_views integer, day date, viewed jsonb)
language plpgsql stable rows 1
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_branches text[] := analytics.readable_branches();
begin
    if v_branches is not null and analytics.is_readable_customer(p_tenant_id, p_u) then
        return query
        select s.page_views, s.day, s.viewed
        from analytics.session s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.day between p_from and p_to
            and (s.last_location_id = any(v_branches)) is not true;
    end if;
end
$$;
revoke all on function analytics.sessions_elsewhere(uuid, text, date, date) from public;
