-- Sums up anew what platforms had on the days that changed, and lists what of their ads has no rate.
create or replace function analytics.refresh_platform_days(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_days date[] := array(select d.day from pg_temp.marketing_day d);
begin
    delete from analytics.platform_day p where p.tenant_id = p_tenant_id and p.day = any(v_days);
    insert into analytics.platform_day (
        tenant_id, day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
        claimed_revenue
    )
    select p_tenant_id, d.day, d.platform, sum(d.paid_leads), sum(d.leads), sum(d.contracts), sum(d.revenue), sum(d.spend),
        sum(d.impressions), sum(d.clicks), sum(d.claimed_conversions), sum(d.claimed_revenue)
    from pg_temp.campaign_day d
    group by d.day, d.platform;

    delete from analytics.unconverted_day u where u.tenant_id = p_tenant_id and u.day = any(v_days) and u.side = 'ads';
    insert into analytics.unconverted_day (tenant_id, day, platform, side, currency, rows, amount)
    select p_tenant_id, a.day, a.platform, 'ads', upper(a.currency), count(*), sum(a.spend)
    from data.ad_performance a
    where
        a.tenant_id = p_tenant_id and a.day = any(v_days) and upper(a.currency) <> p_currency
        and analytics.rate_of(p_tenant_id, upper(a.currency), p_currency, a.day) is null
    group by a.day, a.platform, upper(a.currency);
end
$$;
