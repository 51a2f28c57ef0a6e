-- Keeps in lead_row only the leads that are new or differ from their facts, and puts the facts that no longer hold into
-- former_lead: from here on, unchanged leads cost nothing. A month that is rebuilt starts from nothing, so all leads of
-- its days are kept, and their old facts no longer count anywhere.
create or replace function analytics.refresh_lead_changes(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_known date[] := array(select d.day from pg_temp.lead_day d where d.had_leads);
    v_counted date[] := array(
        select d.day from pg_temp.lead_day d
        where d.had_leads
            and date_trunc('month', d.day::timestamp)::date not in (select m.month from pg_temp.rebuilt_month m)
    );
begin
    if v_known = '{}' then
        return;
    end if;
    with same as (
        delete from pg_temp.lead_row r
        using analytics.fact_leads f, pg_temp.lead_kind k
        where
            f.tenant_id = p_tenant_id and f.day = any(v_counted) and f.day = r.day and f.lead_id = r.lead_id
            and k.kind_id = r.kind_id
            and (
                f.hour, f.platform, f.channel, f.utm_source, f.utm_campaign, f.utm_id, f.is_paid, f.campaign_ref,
                f.product_id, f.product_name, f.location_id, f.contracts, f.revenue
            ) is not distinct from (
                r.hour, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid, k.campaign_ref,
                r.product_id, r.product_name, r.location_id, r.contracts, r.revenue
            )
        returning r.day, r.lead_id
    )
    insert into pg_temp.former_lead (
        day, lead_id, month, is_counted, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, product_id,
        product_name, location_id, contracts, revenue
    )
    select f.day, f.lead_id, date_trunc('month', f.day::timestamp)::date, f.day = any(v_counted), f.platform, f.channel,
        f.utm_source, f.utm_campaign, f.utm_id, f.is_paid, f.campaign_ref, f.product_id, f.product_name, f.location_id,
        f.contracts, f.revenue
    from analytics.fact_leads f
    where f.tenant_id = p_tenant_id and f.day = any(v_known)
        and not exists (select from same s where s.day = f.day and s.lead_id = f.lead_id);
end
$$;
