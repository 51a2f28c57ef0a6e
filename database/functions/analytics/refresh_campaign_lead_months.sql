-- Adds the changes in their leads to the campaigns' months p_months (month_change).
create or replace function analytics.refresh_campaign_lead_months(p_tenant_id uuid, p_months date[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
    merge into analytics.v6_campaign_roi_monthly m
    using (
        select x.month, x.platform, x.campaign_ref, sum(x.leads) as leads, sum(x.contracts) as contracts,
            sum(x.revenue) as revenue
        from pg_temp.month_change x
        group by x.month, x.platform, x.campaign_ref
        having (sum(x.leads), sum(x.contracts), sum(x.revenue)) <> (0, 0, 0)
    ) c
        on m.tenant_id = p_tenant_id and m.month = any(p_months) and m.month = c.month and m.platform = c.platform
        and m.campaign_ref = c.campaign_ref
    when matched then
        update set leads = m.leads + c.leads, contracts = m.contracts + c.contracts, revenue = m.revenue + c.revenue
    when not matched then
        insert (
            tenant_id, month, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
            claimed_conversions, claimed_revenue
        )
        values (p_tenant_id, c.month, c.platform, c.campaign_ref, c.leads, c.contracts, c.revenue, 0, 0, 0, 0, 0);
end
$$;
