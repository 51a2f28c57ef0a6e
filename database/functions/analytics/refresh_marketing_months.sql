-- Sums up anew the months of the days that changed: those of leads where leads did, campaigns' in any case.
create or replace function analytics.refresh_marketing_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_lead_months date[] := array(select distinct date_trunc('month', d.day)::date from pg_temp.lead_day d);
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
        on r.tenant_id = p_tenant_id and r.day >= m.month and r.day < m.month + interval '1 month'
    group by m.month, r.platform, r.campaign_ref;

    delete from analytics.fact_leads_month f where f.tenant_id = p_tenant_id and f.month = any(v_lead_months);
    insert into analytics.fact_leads_month (
        tenant_id, month, fact_id, platform, channel, utm_source, is_paid, leads, contracts, revenue
    )
    select p_tenant_id, m.month, md5(concat_ws(E'\x1f', f.platform, f.channel, f.utm_source, f.is_paid))::uuid, f.platform,
        f.channel, f.utm_source, f.is_paid, sum(f.leads), sum(f.contracts), sum(f.revenue)
    from unnest(v_lead_months) as m (month)
    inner join analytics.fact_leads f
        on f.tenant_id = p_tenant_id and f.day >= m.month and f.day < m.month + interval '1 month'
    group by m.month, f.platform, f.channel, f.utm_source, f.is_paid;

    delete from analytics.v6_product_performance_month p where p.tenant_id = p_tenant_id and p.month = any(v_lead_months);
    insert into analytics.v6_product_performance_month (
        tenant_id, month, platform, product_key, product_id, product_name, leads, contracts, revenue
    )
    select p_tenant_id, m.month, p.platform, p.product_key, p.product_id, max(p.product_name), sum(p.leads),
        sum(p.contracts), sum(p.revenue)
    from unnest(v_lead_months) as m (month)
    inner join analytics.v6_product_performance p
        on p.tenant_id = p_tenant_id and p.day >= m.month and p.day < m.month + interval '1 month'
    group by m.month, p.platform, p.product_key, p.product_id;

    delete from analytics.v6_branch_performance_month b where b.tenant_id = p_tenant_id and b.month = any(v_lead_months);
    insert into analytics.v6_branch_performance_month (tenant_id, month, platform, location_id, leads, contracts, revenue)
    select p_tenant_id, m.month, b.platform, b.location_id, sum(b.leads), sum(b.contracts), sum(b.revenue)
    from unnest(v_lead_months) as m (month)
    inner join analytics.v6_branch_performance b
        on b.tenant_id = p_tenant_id and b.day >= m.month and b.day < m.month + interval '1 month'
    group by m.month, b.platform, b.location_id;
end
$$;
