-- Adds to the months of leads of no campaign what the dirty days p_counted have otherwise than their facts, which are about to
-- be written, say; the other dirty days have none yet. The months are p_months.
create or replace function analytics.refresh_stray_leads(p_tenant_id uuid, p_months date[], p_counted date[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
begin
    with change as materialized (
        select x.month, md5(concat_ws(E'\x1f', x.platform, x.utm_source, x.utm_campaign, x.utm_id))::uuid as kind_id,
            x.platform, x.utm_source, x.utm_campaign, x.utm_id, sum(x.leads) as leads, sum(x.contracts) as contracts,
            sum(x.revenue) as revenue
        from (
            select date_trunc('month', y.day::timestamp)::date as month, k.platform, k.utm_source, k.utm_campaign, k.utm_id,
                y.leads, y.contracts, y.revenue
            from pg_temp.lead_sum y
            inner join pg_temp.lead_kind k on k.kind_id = y.kind_id
            where k.campaign_ref = ''
            union all
            select date_trunc('month', f.day::timestamp)::date, f.platform, f.utm_source, f.utm_campaign, f.utm_id, -1,
                -f.contracts, -f.revenue
            from analytics.fact_leads f
            where f.tenant_id = p_tenant_id and f.day = any(p_counted) and f.campaign_ref = ''
        ) x
        group by x.month, x.platform, x.utm_source, x.utm_campaign, x.utm_id
        having (sum(x.leads), sum(x.contracts), sum(x.revenue)) <> (0, 0, 0)
    ),
    written as (
        update analytics.stray_lead_month m
        set leads = m.leads + c.leads, contracts = m.contracts + c.contracts, revenue = m.revenue + c.revenue
        from change c
        where m.tenant_id = p_tenant_id and m.month = any(p_months) and m.month = c.month and m.kind_id = c.kind_id
    )
    insert into analytics.stray_lead_month (
        tenant_id, month, kind_id, platform, utm_source, utm_campaign, utm_id, leads, contracts, revenue
    )
    select p_tenant_id, c.month, c.kind_id, c.platform, c.utm_source, c.utm_campaign, c.utm_id, c.leads, c.contracts,
        c.revenue
    from change c
    where not exists (
        select from analytics.stray_lead_month m
        where m.tenant_id = p_tenant_id and m.month = any(p_months) and m.month = c.month and m.kind_id = c.kind_id
    );
    if p_counted <> '{}' then
        delete from analytics.stray_lead_month m where m.tenant_id = p_tenant_id and m.month = any(p_months) and m.leads = 0;
    end if;
end
$$;
