-- Brings fact_leads in step with the leads that were read, writing what differs.
-- (One statement that inserts or updates costs two to three times as much a row as one that knows which it does: here as in
-- the sums that follow.)
create or replace function analytics.refresh_lead_facts(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_known date[] := array(select d.day from pg_temp.lead_day d where d.had_leads);
begin
    if v_known <> '{}' then
        delete from analytics.fact_leads f
        where
            f.tenant_id = p_tenant_id and f.day = any(v_known)
            and not exists (select from pg_temp.lead_row r where r.day = f.day and r.lead_id = f.lead_id);

        update analytics.fact_leads f
        set hour = r.hour, platform = k.platform, channel = k.channel, utm_source = k.utm_source,
            utm_campaign = k.utm_campaign, utm_id = k.utm_id, is_paid = k.is_paid, campaign_ref = k.campaign_ref,
            product_id = r.product_id, product_name = r.product_name, location_id = r.location_id, contracts = r.contracts,
            revenue = r.revenue
        from pg_temp.lead_row r
        inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
        where
            f.tenant_id = p_tenant_id and f.day = any(v_known) and f.day = r.day and f.lead_id = r.lead_id
            and (
                f.hour, f.platform, f.channel, f.utm_source, f.utm_campaign, f.utm_id, f.is_paid, f.campaign_ref,
                f.product_id, f.product_name, f.location_id, f.contracts, f.revenue
            ) is distinct from (
                r.hour, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid, k.campaign_ref,
                r.product_id, r.product_name, r.location_id, r.contracts, r.revenue
            );
    end if;

    insert into analytics.fact_leads (
        tenant_id, day, lead_id, hour, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref,
        product_id, product_name, location_id, contracts, revenue
    )
    select p_tenant_id, r.day, r.lead_id, r.hour, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid,
        k.campaign_ref, r.product_id, r.product_name, r.location_id, r.contracts, r.revenue
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    where not exists (
        select from analytics.fact_leads f
        where f.tenant_id = p_tenant_id and f.day = any(v_known) and f.day = r.day and f.lead_id = r.lead_id
    );
end
$$;
