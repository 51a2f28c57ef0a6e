-- Updates fact_leads with the leads that are new or changed (refresh_lead_changes). (ON CONFLICT costs two to three
-- times as much a row as a statement that knows whether it inserts or updates, as this one and the MERGE of the sums
-- that follow do.)
create or replace function analytics.refresh_lead_facts(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_days date[] := array(select distinct f.day from pg_temp.former_lead f);
begin
    if v_days <> '{}' then
        delete from analytics.fact_leads f
        using pg_temp.former_lead o
        where f.tenant_id = p_tenant_id and f.day = any(v_days) and f.day = o.day and f.lead_id = o.lead_id;
    end if;
    insert into analytics.fact_leads (
        tenant_id, day, lead_id, hour, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref,
        product_id, product_name, location_id, contracts, revenue
    )
    select p_tenant_id, r.day, r.lead_id, r.hour, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid,
        k.campaign_ref, r.product_id, r.product_name, r.location_id, r.contracts, r.revenue
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id;
end
$$;
