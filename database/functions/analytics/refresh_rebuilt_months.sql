-- Makes the months that are to be rebuilt start from nothing: deletes their sums, and marks all of their days dirty.
create or replace function analytics.refresh_rebuilt_months(p_tenant_id uuid)
returns void
language plpgsql
as $$
declare
    v_months date[] := array(select m.month from pg_temp.rebuilt_month m);
begin
    delete from analytics.fact_leads_month m where m.tenant_id = p_tenant_id and m.month = any(v_months);
    delete from analytics.stray_lead_month m where m.tenant_id = p_tenant_id and m.month = any(v_months);
    delete from analytics.v6_product_performance p where p.tenant_id = p_tenant_id and p.month = any(v_months);
    delete from analytics.v6_branch_performance b where b.tenant_id = p_tenant_id and b.month = any(v_months);
    delete from analytics.v6_campaign_roi_monthly r where r.tenant_id = p_tenant_id and r.month = any(v_months);

    -- Days without leads are not recounted, so what their leads brought is reset here.
    update analytics.platform_day p set paid_leads = 0, contracts = 0, revenue = 0
    from unnest(v_months) as m (month)
    where p.tenant_id = p_tenant_id and p.day >= m.month and p.day < (m.month + interval '1 month')::date
        and p.leads = 0 and (p.paid_leads, p.contracts, p.revenue) <> (0, 0, 0);
    update analytics.v6_campaign_roi_daily r set contracts = 0, revenue = 0
    from unnest(v_months) as m (month)
    where r.tenant_id = p_tenant_id and r.day >= m.month and r.day < (m.month + interval '1 month')::date
        and r.leads = 0 and (r.contracts, r.revenue) <> (0, 0);

    insert into pg_temp.lead_day (day, reason)
    select d.day::date, 'rebuild'
    from unnest(v_months) as m (month)
    cross join lateral generate_series(m.month, m.month + interval '1 month' - interval '1 day', interval '1 day') as d (day)
    on conflict do nothing;
    insert into pg_temp.ad_day (day, reason)
    select d.day::date, 'rebuild'
    from unnest(v_months) as m (month)
    cross join lateral generate_series(m.month, m.month + interval '1 month' - interval '1 day', interval '1 day') as d (day)
    on conflict do nothing;
end
$$;
