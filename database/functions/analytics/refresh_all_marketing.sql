-- Marks all days dirty that have leads or ads, or had some.
create or replace function analytics.refresh_all_marketing(p_tenant_id uuid)
returns void
language plpgsql
as $$
begin
    insert into pg_temp.lead_day
    select l.created_day from data.lead l where l.tenant_id = p_tenant_id
    union
    select f.day from analytics.fact_leads f where f.tenant_id = p_tenant_id
    on conflict do nothing;

    insert into pg_temp.ad_day
    select a.day from data.ad_performance a where a.tenant_id = p_tenant_id
    union
    select r.day from analytics.v6_campaign_roi_daily r where r.tenant_id = p_tenant_id
    on conflict do nothing;

    insert into pg_temp.dirty_campaigns values (true);
end
$$;
