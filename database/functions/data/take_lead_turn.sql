-- Waits until nobody else writes the tenant's leads and contracts, and holds the turn until the caller's transaction
-- ends.
create or replace function data.take_lead_turn(p_tenant_id uuid) returns void
language plpgsql
as $$
begin
    perform from data.lead_turn t where t.tenant_id = p_tenant_id for update;
    if not found then
        insert into data.lead_turn (tenant_id) values (p_tenant_id) on conflict do nothing;
        perform from data.lead_turn t where t.tenant_id = p_tenant_id for update;
    end if;
end
$$;
