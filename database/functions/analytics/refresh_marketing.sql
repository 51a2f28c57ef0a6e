-- Brings what marketing is answered from up to date with the leads, contracts, ads and campaigns that are marked dirty, or
-- all of it (p_everything). The days that were reckoned anew are in marketing_day afterwards.
create or replace function analytics.refresh_marketing(
    p_tenant_id uuid, p_time_zone text, p_currency text, p_everything boolean
)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    -- A contract may have come before its lead: which day it is of, only the lead says.
    insert into pg_temp.lead_day
    select l.created_day, case when count(*) = count(d.reason) then min(d.reason) end
    from pg_temp.dirty_lead d
    inner join data.lead l on l.tenant_id = p_tenant_id and l.lead_id = d.lead_id
    group by l.created_day
    on conflict (day) do update set reason = excluded.reason where lead_day.reason is not null;
    if p_everything then
        perform analytics.refresh_all_marketing(p_tenant_id);
    end if;

    if exists (select from pg_temp.ad_day) or exists (select from pg_temp.dirty_campaigns) then
        perform analytics.refresh_campaigns(p_tenant_id);
    end if;
    insert into pg_temp.marketing_day select d.day from pg_temp.lead_day d union select d.day from pg_temp.ad_day d;
    if not exists (select from pg_temp.marketing_day) then
        return;
    end if;
    -- Single days may have left by age: their months are summed from all of their days once more.
    insert into pg_temp.marketing_day
    select distinct x.day
    from pg_temp.marketing_day d
    inner join analytics.rollup_state r on r.tenant_id = p_tenant_id and d.day < r.days_from
    cross join lateral analytics.days_of_month(d.day) as x (day)
    except
    select d.day from pg_temp.marketing_day d;
    if exists (select from pg_temp.lead_day) then
        perform analytics.refresh_read_leads(p_tenant_id, p_time_zone, p_currency);
        perform analytics.refresh_lead_kinds(p_tenant_id);
        perform analytics.refresh_lead_facts(p_tenant_id);
        perform analytics.refresh_lead_channels(p_tenant_id);
        perform analytics.refresh_lead_hours(p_tenant_id, p_currency);
        perform analytics.refresh_lead_months(p_tenant_id);
    end if;
    perform analytics.refresh_campaign_days(p_tenant_id, p_currency);
    perform analytics.refresh_figure_changes(p_tenant_id);
    perform analytics.refresh_platform_days(p_tenant_id, p_currency);
    perform analytics.refresh_campaign_roi_months(p_tenant_id);
end
$$;
