-- Adds to the months what the new or changed leads (refresh_lead_changes) bring, less what their former facts did: by
-- origin and by branch, to campaigns (refresh_campaign_lead_months), to leads of no campaign (refresh_stray_leads) and
-- to products (refresh_product_months). A month that is rebuilt starts from nothing.
create or replace function analytics.refresh_lead_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day::timestamp)::date from pg_temp.lead_day d);
begin
    insert into pg_temp.month_change (
        month, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, leads, contracts, revenue
    )
    select x.month, x.platform, x.channel, x.utm_source, x.utm_campaign, x.utm_id, x.is_paid, x.campaign_ref, sum(x.leads),
        sum(x.contracts), sum(x.revenue)
    from (
        select s.month, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid, k.campaign_ref, s.leads,
            s.contracts, s.revenue
        from (
            select r.month, r.kind_id, count(*) as leads, sum(r.contracts) as contracts,
                coalesce(sum(r.revenue) filter (where r.contracts > 0), 0) as revenue
            from pg_temp.lead_row r
            group by r.month, r.kind_id
        ) s
        inner join pg_temp.lead_kind k on k.kind_id = s.kind_id
        union all
        select f.month, f.platform, f.channel, f.utm_source, f.utm_campaign, f.utm_id, f.is_paid, f.campaign_ref, -1,
            -f.contracts, -f.revenue
        from pg_temp.former_lead f
        where f.is_counted
    ) x
    group by x.month, x.platform, x.channel, x.utm_source, x.utm_campaign, x.utm_id, x.is_paid, x.campaign_ref
    having (sum(x.leads), sum(x.contracts), sum(x.revenue)) <> (0, 0, 0);

    merge into analytics.fact_leads_month m
    using (
        select x.month, md5(concat_ws(E'\x1f', x.platform, x.channel, x.utm_source, x.is_paid, x.campaign_ref))::uuid as fact_id,
            x.platform, x.channel, x.utm_source, x.is_paid, x.campaign_ref, sum(x.leads) as leads,
            sum(x.contracts) as contracts, sum(x.revenue) as revenue
        from pg_temp.month_change x
        group by x.month, x.platform, x.channel, x.utm_source, x.is_paid, x.campaign_ref
        having (sum(x.leads), sum(x.contracts), sum(x.revenue)) <> (0, 0, 0)
    ) c
        on m.tenant_id = p_tenant_id and m.month = any(v_months) and m.month = c.month and m.fact_id = c.fact_id
    when matched then
        update set leads = m.leads + c.leads, contracts = m.contracts + c.contracts, revenue = m.revenue + c.revenue
    when not matched then
        insert (
            tenant_id, month, fact_id, platform, channel, utm_source, is_paid, campaign_ref, leads, contracts, revenue
        )
        values (
            p_tenant_id, c.month, c.fact_id, c.platform, c.channel, c.utm_source, c.is_paid, c.campaign_ref, c.leads,
            c.contracts, c.revenue
        );

    merge into analytics.v6_branch_performance b
    using (
        select x.month, x.platform, x.location_id, sum(x.leads) as leads, sum(x.contracts) as contracts,
            sum(x.revenue) as revenue
        from (
            select r.month, k.platform, r.location_id, count(*) as leads, sum(r.contracts) as contracts,
                coalesce(sum(r.revenue) filter (where r.contracts > 0), 0) as revenue
            from pg_temp.lead_row r
            inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
            where r.location_id is not null
            group by r.month, k.platform, r.location_id
            union all
            select f.month, f.platform, f.location_id, -1, -f.contracts, -f.revenue
            from pg_temp.former_lead f
            where f.is_counted and f.location_id is not null
        ) x
        group by x.month, x.platform, x.location_id
        having (sum(x.leads), sum(x.contracts), sum(x.revenue)) <> (0, 0, 0)
    ) c
        on b.tenant_id = p_tenant_id and b.month = any(v_months) and b.month = c.month and b.platform = c.platform
        and b.location_id = c.location_id
    when matched then
        update set leads = b.leads + c.leads, contracts = b.contracts + c.contracts, revenue = b.revenue + c.revenue
    when not matched then
        insert (tenant_id, month, platform, location_id, leads, contracts, revenue)
        values (p_tenant_id, c.month, c.platform, c.location_id, c.leads, c.contracts, c.revenue);

    perform analytics.refresh_campaign_lead_months(p_tenant_id, v_months);
    perform analytics.refresh_stray_leads(p_tenant_id, v_months);
    perform analytics.refresh_product_months(p_tenant_id, v_months);
    if exists (select from pg_temp.former_lead) then
        delete from analytics.fact_leads_month m where m.tenant_id = p_tenant_id and m.month = any(v_months) and m.leads = 0;
        delete from analytics.v6_branch_performance b
        where b.tenant_id = p_tenant_id and b.month = any(v_months) and b.leads = 0;
        delete from analytics.v6_product_performance p
        where p.tenant_id = p_tenant_id and p.month = any(v_months) and p.leads = 0;
    end if;
end
$$;
