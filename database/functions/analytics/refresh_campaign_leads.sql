-- Updates what campaigns and platforms had of the leads of the dirty days. Writes what differs. Returns whether a row
-- may have lost everything that it existed for.
create or replace function analytics.refresh_campaign_leads(p_tenant_id uuid)
returns boolean
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_days date[] := array(select d.day from pg_temp.lead_day d);
    v_known date[] := array(select d.day from pg_temp.lead_day d where d.had_leads);
    v_has_lost boolean := false;
begin
    insert into pg_temp.campaign_lead (day, platform, campaign_ref, paid_leads, leads, contracts, revenue)
    select c.day, k.platform, k.campaign_ref, c.paid_leads, c.leads, c.contracts, c.revenue
    from (
        select r.day, k.campaign_id, count(*) filter (where k.is_paid) as paid_leads, count(*) as leads,
            sum(r.contracts) as contracts, coalesce(sum(r.revenue) filter (where r.contracts > 0), 0) as revenue
        from pg_temp.lead_row r
        inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
        group by r.day, k.campaign_id
    ) c
    inner join pg_temp.lead_kind k on k.kind_id = c.campaign_id
    -- In this order the rows of a day are stored together.
    order by c.day;

    if v_known <> '{}' then
        update analytics.v6_campaign_roi_daily r
        set leads = 0, contracts = 0, revenue = 0
        where
            r.tenant_id = p_tenant_id and r.day = any(v_known) and r.leads > 0
            and not exists (
                select from pg_temp.campaign_lead c
                where c.day = r.day and c.platform = r.platform and c.campaign_ref = r.campaign_ref
            );
        v_has_lost := found;
        update analytics.platform_day p
        set paid_leads = 0, leads = 0, contracts = 0, revenue = 0
        where
            p.tenant_id = p_tenant_id and p.day = any(v_known) and p.leads > 0
            and not exists (select from pg_temp.campaign_lead c where c.day = p.day and c.platform = p.platform);
        v_has_lost := v_has_lost or found;
    end if;

    merge into analytics.v6_campaign_roi_daily r
    using pg_temp.campaign_lead c
        on r.tenant_id = p_tenant_id and r.day = any(v_days) and r.day = c.day and r.platform = c.platform
        and r.campaign_ref = c.campaign_ref
    when matched and (r.leads, r.contracts, r.revenue) is distinct from (c.leads, c.contracts, c.revenue) then
        update set leads = c.leads, contracts = c.contracts, revenue = c.revenue
    when not matched then
        insert (
            tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
            claimed_conversions, claimed_revenue
        )
        values (p_tenant_id, c.day, c.platform, c.campaign_ref, c.leads, c.contracts, c.revenue, 0, 0, 0, 0, 0);

    merge into analytics.platform_day p
    using (
        select c.day, c.platform, sum(c.paid_leads) as paid_leads, sum(c.leads) as leads, sum(c.contracts) as contracts,
            sum(c.revenue) as revenue
        from pg_temp.campaign_lead c
        group by c.day, c.platform
    ) c
        on p.tenant_id = p_tenant_id and p.day = any(v_days) and p.day = c.day and p.platform = c.platform
    when matched and (p.paid_leads, p.leads, p.contracts, p.revenue)
        is distinct from (c.paid_leads, c.leads, c.contracts, c.revenue) then
        update set paid_leads = c.paid_leads, leads = c.leads, contracts = c.contracts, revenue = c.revenue
    when not matched then
        insert (
            tenant_id, day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks,
            claimed_conversions, claimed_revenue
        )
        values (p_tenant_id, c.day, c.platform, c.paid_leads, c.leads, c.contracts, c.revenue, 0, 0, 0, 0, 0);
    return v_has_lost;
end
$$;
