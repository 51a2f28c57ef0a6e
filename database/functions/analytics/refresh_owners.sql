-- Gives stored summaries to another user if a device's only user changed, and another location if a home did, without
-- reading rows of events.
create or replace function analytics.refresh_owners(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if not exists (select 1 from pg_temp.rekeyed_device) and not exists (select 1 from pg_temp.home_user) then
        return;
    end if;
    perform analytics.analyze_working_table('rekeyed_device');
    perform analytics.analyze_working_table('home_user');
    perform analytics.refresh_visit_owners(p_tenant_id);
    perform analytics.refresh_session_owners(p_tenant_id);
    perform analytics.refresh_cart_owners(p_tenant_id);
    perform analytics.refresh_search_owners(p_tenant_id);
    perform analytics.refresh_sale_owners(p_tenant_id);
end
$$;
