-- Notes which figures of complete days are about to become others, before refresh_platform_days writes them. Why, the day
-- says that was dirty: of leads for what leads brought, of ads for what platforms told. A reason of null means its rows.
create or replace function analytics.refresh_figure_changes(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := array(
        select c.day from analytics.closed_day c
        where c.tenant_id = p_tenant_id and c.day = any(array(select d.day from pg_temp.marketing_day d))
    );
begin
    if v_days = '{}' then
        return;
    end if;
    insert into analytics.figure_change (tenant_id, day, platform, metric, was, became, reason)
    with kept as (
        select p.day, p.platform, p.leads, p.contracts, p.revenue, p.spend, p.impressions, p.clicks,
            p.claimed_conversions, p.claimed_revenue
        from analytics.platform_day p
        where p.tenant_id = p_tenant_id and p.day = any(v_days)
    ),
    counted as (
        select d.day, d.platform, sum(d.leads) as leads, sum(d.contracts) as contracts, sum(d.revenue) as revenue,
            sum(d.spend) as spend, sum(d.impressions) as impressions, sum(d.clicks) as clicks,
            sum(d.claimed_conversions) as claimed_conversions, sum(d.claimed_revenue) as claimed_revenue
        from pg_temp.campaign_day d
        where d.day = any(v_days)
        group by d.day, d.platform
    )
    select p_tenant_id, day, platform, m.metric, m.was, m.became,
        case
            when m.is_of_ads then case when a.day is null then 'rebuild' else coalesce(a.reason, 'restatement') end
            else case when l.day is null then 'rebuild' else coalesce(l.reason, 'late_rows') end
        end
    from kept k
    full join counted c using (day, platform)
    left join pg_temp.lead_day l using (day)
    left join pg_temp.ad_day a using (day)
    cross join lateral (
        select f.metric, f.is_of_ads, round(coalesce(f.was, 0), 2) as was, round(coalesce(f.became, 0), 2) as became
        from (
            values ('leads', false, k.leads::numeric, c.leads),
                ('contracts', false, k.contracts::numeric, c.contracts),
                ('revenue', false, k.revenue, c.revenue),
                ('spend', true, k.spend, c.spend),
                ('impressions', true, k.impressions::numeric, c.impressions),
                ('clicks', true, k.clicks::numeric, c.clicks),
                ('claimed_conversions', true, k.claimed_conversions, c.claimed_conversions),
                ('claimed_revenue', true, k.claimed_revenue, c.claimed_revenue)
        ) f (metric, is_of_ads, was, became)
    ) m
    where m.was <> m.became
    order by day, platform, m.metric;
end
$$;
