-- Brings the tables that marketing is answered from up to date with the leads, contracts, ads and campaigns that are
-- marked dirty, or all of them (p_everything). The days that were computed again are in marketing_day afterwards. Its
-- functions keep their plans, which use keys of the tenant and of days whatever their number: in a small run, planning
-- again is the larger part.
create or replace function analytics.refresh_marketing(
    p_tenant_id uuid, p_time_zone text, p_currency text, p_everything boolean
)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_has_lost boolean := false;
begin
    -- A contract counts on the day of its lead, which may arrive after it.
    insert into pg_temp.lead_day
    select l.created_day, case when count(*) = count(d.reason) then min(d.reason) end
    from pg_temp.dirty_lead d
    cross join lateral (
        -- Looked up by key; a cached plan might turn a join into a scan of all leads.
        select x.created_day from data.lead x where x.tenant_id = p_tenant_id and x.lead_id = d.lead_id offset 0
    ) l
    group by l.created_day
    on conflict (day) do update set reason = excluded.reason where lead_day.reason is not null;
    if p_everything then
        perform analytics.refresh_all_marketing(p_tenant_id);
    end if;

    if exists (select from pg_temp.rebuilt_month) then
        perform analytics.refresh_rebuilt_months(p_tenant_id);
        v_has_lost := true;
    end if;
    v_has_lost := analytics.refresh_left_months(p_tenant_id) or v_has_lost;
    if exists (select from pg_temp.ad_day) or exists (select from pg_temp.dirty_campaigns) then
        perform analytics.refresh_campaigns(p_tenant_id);
        -- If words now mean other campaigns, days of further months became dirty.
        v_has_lost := analytics.refresh_left_months(p_tenant_id) or v_has_lost;
    end if;

    insert into pg_temp.marketing_day select d.day from pg_temp.lead_day d union select d.day from pg_temp.ad_day d;
    if not found then
        return;
    end if;
    perform analytics.refresh_former_figures(p_tenant_id);
    if exists (select from pg_temp.lead_day) then
        v_has_lost := analytics.refresh_leads(p_tenant_id, p_time_zone, p_currency) or v_has_lost;
    end if;
    if exists (select from pg_temp.ad_day) then
        v_has_lost := analytics.refresh_campaign_ads(p_tenant_id, p_currency) or v_has_lost;
        perform analytics.refresh_unconverted_ads(p_tenant_id, p_currency);
    end if;
    if v_has_lost then
        perform analytics.refresh_drop_empty(p_tenant_id);
    end if;
    perform analytics.refresh_platform_months(p_tenant_id, v_has_lost);
    perform analytics.refresh_figure_changes(p_tenant_id);
end
$$;
