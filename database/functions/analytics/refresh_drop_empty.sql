-- Deletes rows of campaigns and platforms that have neither leads nor ads any more, on the days that were computed
-- again and in their months. Figures of 0 alone do not show that: ads may have brought nothing, and their spend been
-- refunded.
create or replace function analytics.refresh_drop_empty(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_days date[] := array(select d.day from pg_temp.marketing_day d);
    v_months date[] := array(select distinct date_trunc('month', d.day::timestamp)::date from pg_temp.marketing_day d);
begin
    delete from analytics.v6_campaign_roi_daily r
    where
        r.tenant_id = p_tenant_id and r.day = any(v_days) and r.leads = 0
        and (r.spend, r.impressions, r.clicks, r.claimed_conversions, r.claimed_revenue) = (0, 0, 0, 0, 0)
        and not exists (
            select from data.ad_performance a
            inner join analytics.campaign_word w
                on w.tenant_id = p_tenant_id and w.platform = a.platform and w.kind = 'key'
                and w.word = analytics.campaign_key(a.account_id, a.campaign_key)
            where a.tenant_id = p_tenant_id and a.day = any(v_days) and a.day = r.day and a.platform = r.platform
                and w.campaign_ref = r.campaign_ref
        );

    delete from analytics.platform_day p
    where
        p.tenant_id = p_tenant_id and p.day = any(v_days) and p.leads = 0
        and not exists (
            select from analytics.v6_campaign_roi_daily r
            where r.tenant_id = p_tenant_id and r.day = any(v_days) and r.day = p.day and r.platform = p.platform
        );

    delete from analytics.v6_campaign_roi_monthly m
    where
        m.tenant_id = p_tenant_id and m.month = any(v_months) and m.leads = 0
        and not exists (
            select from analytics.v6_campaign_roi_daily r
            inner join unnest(v_months) as o (month)
                on r.day >= o.month and r.day < (o.month + interval '1 month')::date
            where r.tenant_id = p_tenant_id and o.month = m.month and r.platform = m.platform
                and r.campaign_ref = m.campaign_ref
        );
end
$$;
