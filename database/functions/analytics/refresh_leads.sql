-- Brings what is stored about leads up to date with those of the dirty days. Returns whether a row of campaigns or
-- platforms may have lost everything that it existed for. Days are counted from all of their leads; facts and months
-- are updated by the changed ones.
create or replace function analytics.refresh_leads(p_tenant_id uuid, p_time_zone text, p_currency text)
returns boolean
language plpgsql
as $$
declare
    v_has_lost boolean;
begin
    perform analytics.refresh_read_leads(p_tenant_id, p_time_zone);
    perform analytics.refresh_lead_contracts(p_tenant_id, p_currency);
    perform analytics.refresh_lead_kinds(p_tenant_id);
    v_has_lost := analytics.refresh_campaign_leads(p_tenant_id);
    perform analytics.refresh_lead_channels(p_tenant_id);
    perform analytics.refresh_unconverted_contracts(p_tenant_id, p_currency);
    perform analytics.refresh_lead_changes(p_tenant_id);
    if exists (select from pg_temp.lead_row) or exists (select from pg_temp.former_lead) then
        perform analytics.refresh_lead_facts(p_tenant_id);
        perform analytics.refresh_lead_months(p_tenant_id);
    end if;
    return v_has_lost;
end
$$;
