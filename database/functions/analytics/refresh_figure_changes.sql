-- Records which figures of complete days differ from what refresh_former_figures found. The reason comes from the dirty
-- day: of leads for what leads brought, of ads for what platforms reported. A reason of null means its rows.
create or replace function analytics.refresh_figure_changes(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_days date[] := array(select c.day from pg_temp.complete_day c);
begin
    if v_days = '{}' then
        return;
    end if;
    insert into analytics.figure_change (tenant_id, day, platform, metric, was, became, reason)
    with counted as (
        select p.day, p.platform, p.leads, p.contracts, p.revenue, p.spend, p.impressions, p.clicks,
            p.claimed_conversions, p.claimed_revenue
        from analytics.platform_day p
        where p.tenant_id = p_tenant_id and p.day = any(v_days)
    )
    select p_tenant_id, day, platform, m.metric, m.was, m.became,
        case
            when m.is_of_ads then case when a.day is null then 'rebuild' else coalesce(a.reason, 'restatement') end
            else case when l.day is null then 'rebuild' else coalesce(l.reason, 'late_rows') end
        end
    from pg_temp.former_platform_day k
    full join counted c using (day, platform)
    left join pg_temp.lead_day l using (day)
    left join pg_temp.ad_day a using (day)
    cross join lateral (
        select f.metric, f.is_of_ads, round(coalesce(f.was, 0), 2) as was, round(coalesce(f.became, 0), 2) as became
        from (
            values ('leads', false, k.leads::numeric, c.leads::numeric),
                ('contracts', false, k.contracts::numeric, c.contracts::numeric),
                ('revenue', false, k.revenue, c.revenue),
                ('spend', true, k.spend, c.spend),
                ('impressions', true, k.impressions::numeric, c.impressions::numeric),
                ('clicks', true, k.clicks::numeric, c.clicks::numeric),
                ('claimed_conversions', true, k.claimed_conversions, c.claimed_conversions),
                ('claimed_revenue', true, k.claimed_revenue, c.claimed_revenue)
        ) f (metric, is_of_ads, was, became)
    ) m
    where m.was <> m.became
    order by day, platform, m.metric;
end
$$;
