-- Waits until nobody else writes the tenant's ads, and holds the turn until the caller's transaction ends.
create or replace function data.take_ad_turn(p_tenant_id uuid) returns void
language plpgsql
as $$
begin
    perform from data.ad_turn t where t.tenant_id = p_tenant_id for update;
    if not found then
        insert into data.ad_turn (tenant_id) values (p_tenant_id) on conflict do nothing;
        perform from data.ad_turn t where t.tenant_id = p_tenant_id for update;
    end if;
end
$$;
