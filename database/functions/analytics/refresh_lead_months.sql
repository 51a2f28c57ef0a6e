-- Counts anew the leads of the months of the dirty days: by where they came from, by product and by branch.
-- (Days are compared with days: behind row-level security no index serves a comparison with a timestamp.)
create or replace function analytics.refresh_lead_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day)::date from pg_temp.lead_day d);
begin
    delete from analytics.fact_leads_month f where f.tenant_id = p_tenant_id and f.month = any(v_months);
    insert into analytics.fact_leads_month (
        tenant_id, month, fact_id, platform, channel, utm_source, is_paid, campaign_ref, leads, contracts, revenue
    )
    select p_tenant_id, m.month,
        md5(concat_ws(E'\x1f', f.platform, f.channel, f.utm_source, f.is_paid, f.campaign_ref))::uuid, f.platform, f.channel,
        f.utm_source, f.is_paid, f.campaign_ref, count(*), sum(f.contracts), sum(f.revenue)
    from unnest(v_months) as m (month)
    inner join analytics.fact_leads f
        on f.tenant_id = p_tenant_id and f.day >= m.month and f.day < (m.month + interval '1 month')::date
    group by m.month, f.platform, f.channel, f.utm_source, f.is_paid, f.campaign_ref;

    delete from analytics.v6_product_performance p where p.tenant_id = p_tenant_id and p.month = any(v_months);
    insert into analytics.v6_product_performance (
        tenant_id, month, platform, product_key, product_id, product_name, leads, contracts, revenue
    )
    select p_tenant_id, s.month, s.platform, md5(concat_ws(E'\x1f', coalesce(s.product_id, ''), s.only_name))::uuid, s.product_id,
        s.product_name, s.leads, s.contracts, s.revenue
    from (
        select m.month, f.platform, f.product_id, case when f.product_id is null then f.product_name end as only_name,
            max(f.product_name) as product_name, count(*) as leads, sum(f.contracts) as contracts, sum(f.revenue) as revenue
        from unnest(v_months) as m (month)
        inner join analytics.fact_leads f
            on f.tenant_id = p_tenant_id and f.day >= m.month and f.day < (m.month + interval '1 month')::date
            and (f.product_id is not null or f.product_name is not null)
        group by m.month, f.platform, f.product_id, 4
    ) s;

    delete from analytics.v6_branch_performance b where b.tenant_id = p_tenant_id and b.month = any(v_months);
    insert into analytics.v6_branch_performance (tenant_id, month, platform, location_id, leads, contracts, revenue)
    select p_tenant_id, m.month, f.platform, f.location_id, count(*), sum(f.contracts), sum(f.revenue)
    from unnest(v_months) as m (month)
    inner join analytics.fact_leads f
        on f.tenant_id = p_tenant_id and f.day >= m.month and f.day < (m.month + interval '1 month')::date
        and f.location_id is not null
    group by m.month, f.platform, f.location_id;
end
$$;
