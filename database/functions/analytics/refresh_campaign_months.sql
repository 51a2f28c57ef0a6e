-- Updates the names that campaigns had in the months of the dirty days of ads. Returns whether anything changed that
-- distinguishes campaigns: ids, names, and when a campaign was first reported. (Days are compared with days: under
-- row-level security no index serves a comparison with a timestamp.)
create or replace function analytics.refresh_campaign_months(p_tenant_id uuid)
returns boolean
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day::timestamp)::date from pg_temp.ad_day d);
    v_is_otherwise boolean;
begin
    insert into pg_temp.told_campaign (
        month, platform, account_id, campaign_key, campaign_id, name, names, first_day
    )
    select c.month, c.platform, c.account_id, c.campaign_key,
        (array_agg(c.campaign_id order by c.last_day desc, c.campaign_id))[1],
        (array_agg(c.campaign_name order by c.last_day desc, c.campaign_id))[1],
        array_agg(distinct lower(c.campaign_name) order by lower(c.campaign_name)), min(c.first_day)
    from (
        select m.month, o.*
        from unnest(v_months) as m (month)
        -- One month at a time by the index of days; a plain join might read all ads for each month.
        cross join lateral (
            select a.platform, a.account_id, a.campaign_key, a.campaign_id, a.campaign_name, min(a.day) as first_day,
                max(a.day) as last_day
            from data.ad_performance a
            where a.tenant_id = p_tenant_id and a.day >= m.month and a.day < (m.month + interval '1 month')::date
            group by a.platform, a.account_id, a.campaign_key, a.campaign_id, a.campaign_name
        ) o
    ) c
    group by c.month, c.platform, c.account_id, c.campaign_key;

    select exists (
        select
        from pg_temp.told_campaign t
        full join (
            select o.* from analytics.campaign_month o where o.tenant_id = p_tenant_id and o.month = any(v_months)
        ) o
            on o.month = t.month and o.platform = t.platform and o.account_id = t.account_id
            and o.campaign_key = t.campaign_key
        where (t.campaign_id, t.name, t.names, t.first_day) is distinct from (o.campaign_id, o.name, o.names, o.first_day)
    ) into v_is_otherwise;
    if v_is_otherwise then
        delete from analytics.campaign_month m where m.tenant_id = p_tenant_id and m.month = any(v_months);
        insert into analytics.campaign_month (
            tenant_id, month, platform, account_id, campaign_key, campaign_id, name, names, first_day
        )
        select p_tenant_id, t.month, t.platform, t.account_id, t.campaign_key, t.campaign_id, t.name, t.names, t.first_day
        from pg_temp.told_campaign t;
    end if;
    return v_is_otherwise;
end
$$;
