-- Notes anew what campaigns were called in the months of the dirty days of ads.
-- (Days are compared with days: behind row-level security no index serves a comparison with a timestamp.)
create or replace function analytics.refresh_campaign_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day)::date from pg_temp.ad_day d);
begin
    delete from analytics.campaign_month m where m.tenant_id = p_tenant_id and m.month = any(v_months);

    insert into analytics.campaign_month (
        tenant_id, month, platform, account_id, campaign_key, campaign_id, name, names, first_day, last_day
    )
    select p_tenant_id, m.month, a.platform, a.account_id, a.campaign_key,
        (array_agg(a.campaign_id order by a.day desc, a.campaign_id))[1],
        (array_agg(a.campaign_name order by a.day desc, a.campaign_id))[1],
        array_agg(distinct lower(a.campaign_name) order by lower(a.campaign_name)), min(a.day), max(a.day)
    from unnest(v_months) as m (month)
    inner join data.ad_performance a
        on a.tenant_id = p_tenant_id and a.day >= m.month and a.day < (m.month + interval '1 month')::date
    group by m.month, a.platform, a.account_id, a.campaign_key;
end
$$;
