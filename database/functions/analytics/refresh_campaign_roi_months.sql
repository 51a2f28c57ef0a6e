-- Sums up anew what campaigns had in the months of the days that changed.
-- (Days are compared with days: behind row-level security no index serves a comparison with a timestamp.)
create or replace function analytics.refresh_campaign_roi_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day)::date from pg_temp.marketing_day d);
begin
    delete from analytics.v6_campaign_roi_monthly r where r.tenant_id = p_tenant_id and r.month = any(v_months);
    insert into analytics.v6_campaign_roi_monthly (
        tenant_id, month, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
        claimed_conversions, claimed_revenue
    )
    select p_tenant_id, m.month, r.platform, r.campaign_ref, sum(r.leads), sum(r.contracts), sum(r.revenue), sum(r.spend),
        sum(r.impressions), sum(r.clicks), sum(r.claimed_conversions), sum(r.claimed_revenue)
    from unnest(v_months) as m (month)
    inner join analytics.v6_campaign_roi_daily r
        on r.tenant_id = p_tenant_id and r.day >= m.month and r.day < (m.month + interval '1 month')::date
    group by m.month, r.platform, r.campaign_ref;
end
$$;
