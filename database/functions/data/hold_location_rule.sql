-- Returns the tenant's location rule (null: none) and locks it until the caller's transaction ends: a job that updates
-- the stored rows after a change of the rule first waits for the writers that may have read the former one.
create or replace function data.hold_location_rule(p_tenant_id uuid) returns text
language plpgsql
as $$
begin
    perform from data.location_rule r where r.tenant_id = p_tenant_id for key share;
    if not found then
        insert into data.location_rule (tenant_id) values (p_tenant_id) on conflict do nothing;
        perform from data.location_rule r where r.tenant_id = p_tenant_id for key share;
    end if;
    return (select t.google_analytics_config ->> 'location_source' from auth.tenant t where t.tenant_id = p_tenant_id);
end
$$;
