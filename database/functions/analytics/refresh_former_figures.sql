-- Remembers what platforms had on complete days that are about to be computed again.
create or replace function analytics.refresh_former_figures(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_days date[] := array(select d.day from pg_temp.marketing_day d);
begin
    insert into pg_temp.complete_day
    select c.day from analytics.closed_day c where c.tenant_id = p_tenant_id and c.day = any(v_days);
    if not found then
        return;
    end if;
    insert into pg_temp.former_platform_day (
        day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
        claimed_revenue
    )
    select p.day, p.platform, p.paid_leads, p.leads, p.contracts, p.revenue, p.spend, p.impressions, p.clicks,
        p.claimed_conversions, p.claimed_revenue
    from analytics.platform_day p
    where p.tenant_id = p_tenant_id and p.day = any(array(select c.day from pg_temp.complete_day c));
end
$$;
