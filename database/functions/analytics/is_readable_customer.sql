-- Whether the person of this transaction may read what a user did elsewhere: somebody who is limited to branches may
-- only for users with an order, a cart, a search or a visit that ended at one of them.
create or replace function analytics.is_readable_customer(p_tenant_id uuid, p_u text)
returns boolean
language plpgsql stable parallel safe
as $$
declare
    v_branches text[] := analytics.readable_branches();
begin
    return v_branches is null or exists (
        select 1 from analytics.session s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.last_location_id = any(v_branches)
    ) or exists (
        select 1 from analytics.sale s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.location_id = any(v_branches)
    ) or exists (
        select 1 from analytics.open_cart s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.location_id = any(v_branches)
    ) or exists (
        select 1 from analytics.session_search s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.location_id = any(v_branches)
    );
end
$$;
