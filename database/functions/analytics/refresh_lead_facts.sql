-- Brings fact_leads in step with the leads that were read, writing what differs. Days of which nothing stands take them as
-- they are: to look for each of their leads first costs as much again.
create or replace function analytics.refresh_lead_facts(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_known date[] := array(select d.day from pg_temp.lead_day d where d.had_leads);
begin
    insert into analytics.fact_leads (
        tenant_id, day, lead_id, hour, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref,
        product_id, product_name, location_id, contracts, revenue
    )
    select p_tenant_id, r.day, r.lead_id, r.hour, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid,
        k.campaign_ref, r.product_id, r.product_name, r.location_id, r.contracts, r.revenue
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    where r.day <> all(v_known);
    if v_known = '{}' then
        return;
    end if;

    delete from analytics.fact_leads f
    where
        f.tenant_id = p_tenant_id and f.day = any(v_known)
        and not exists (select from pg_temp.lead_row r where r.day = f.day and r.lead_id = f.lead_id);

    insert into analytics.fact_leads as f (
        tenant_id, day, lead_id, hour, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref,
        product_id, product_name, location_id, contracts, revenue
    )
    select p_tenant_id, r.day, r.lead_id, r.hour, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid,
        k.campaign_ref, r.product_id, r.product_name, r.location_id, r.contracts, r.revenue
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    where r.day = any(v_known)
    on conflict (tenant_id, day, lead_id) do update set
        hour = excluded.hour, platform = excluded.platform, channel = excluded.channel, utm_source = excluded.utm_source,
        utm_campaign = excluded.utm_campaign, utm_id = excluded.utm_id, is_paid = excluded.is_paid,
        campaign_ref = excluded.campaign_ref, product_id = excluded.product_id, product_name = excluded.product_name,
        location_id = excluded.location_id, contracts = excluded.contracts, revenue = excluded.revenue
    where (
        f.hour, f.platform, f.channel, f.utm_source, f.utm_campaign, f.utm_id, f.is_paid, f.campaign_ref, f.product_id,
        f.product_name, f.location_id, f.contracts, f.revenue
    ) is distinct from (
        excluded.hour, excluded.platform, excluded.channel, excluded.utm_source, excluded.utm_campaign, excluded.utm_id,
        excluded.is_paid, excluded.campaign_ref, excluded.product_id, excluded.product_name, excluded.location_id,
        excluded.contracts, excluded.revenue
    );
end
$$;
