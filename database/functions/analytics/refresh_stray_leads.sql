-- Adds the changes in leads of no campaign to their months p_months (month_change).
create or replace function analytics.refresh_stray_leads(p_tenant_id uuid, p_months date[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
    merge into analytics.stray_lead_month m
    using (
        select x.month, md5(concat_ws(E'\x1f', x.platform, x.utm_source, x.utm_campaign, x.utm_id))::uuid as kind_id,
            x.platform, x.utm_source, x.utm_campaign, x.utm_id, sum(x.leads) as leads, sum(x.contracts) as contracts,
            sum(x.revenue) as revenue
        from pg_temp.month_change x
        where x.campaign_ref = ''
        group by x.month, x.platform, x.utm_source, x.utm_campaign, x.utm_id
        having (sum(x.leads), sum(x.contracts), sum(x.revenue)) <> (0, 0, 0)
    ) c
        on m.tenant_id = p_tenant_id and m.month = any(p_months) and m.month = c.month and m.kind_id = c.kind_id
    when matched then
        update set leads = m.leads + c.leads, contracts = m.contracts + c.contracts, revenue = m.revenue + c.revenue
    when not matched then
        insert (
            tenant_id, month, kind_id, platform, utm_source, utm_campaign, utm_id, leads, contracts, revenue
        )
        values (
            p_tenant_id, c.month, c.kind_id, c.platform, c.utm_source, c.utm_campaign, c.utm_id, c.leads, c.contracts,
            c.revenue
        );
    if exists (select from pg_temp.former_lead) then
        delete from analytics.stray_lead_month m where m.tenant_id = p_tenant_id and m.month = any(p_months) and m.leads = 0;
    end if;
end
$$;
