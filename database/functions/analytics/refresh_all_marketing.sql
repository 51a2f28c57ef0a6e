-- Marks all days as dirty that have leads or ads, or had some, and has all months rebuilt: because rules changed, or to
-- repair anything that is wrong.
create or replace function analytics.refresh_all_marketing(p_tenant_id uuid)
returns void
language plpgsql
as $$
declare
    v_reason text := (
        select case when r.marketing_rules <> analytics.marketing_rules() then 'rule_change' else 'rebuild' end
        from analytics.rollup_state r
        where r.tenant_id = p_tenant_id
    );
begin
    insert into pg_temp.lead_day
    select l.created_day, v_reason from data.lead l where l.tenant_id = p_tenant_id
    union
    select f.day, v_reason from analytics.fact_leads f where f.tenant_id = p_tenant_id
    on conflict do nothing;

    insert into pg_temp.ad_day
    select a.day, v_reason from data.ad_performance a where a.tenant_id = p_tenant_id
    union
    select r.day, v_reason from analytics.v6_campaign_roi_daily r where r.tenant_id = p_tenant_id
    on conflict do nothing;

    insert into pg_temp.rebuilt_month
    select date_trunc('month', d.day::timestamp)::date from pg_temp.lead_day d
    union
    select date_trunc('month', d.day::timestamp)::date from pg_temp.ad_day d
    union
    select m.month from analytics.v6_campaign_roi_monthly m where m.tenant_id = p_tenant_id
    union
    select m.month from analytics.fact_leads_month m where m.tenant_id = p_tenant_id
    union
    select m.month from analytics.platform_month m where m.tenant_id = p_tenant_id
    on conflict do nothing;

    insert into pg_temp.dirty_campaigns values (true);
end
$$;
