-- Puts together anew what campaigns and platforms had on the days that changed: their ads, and the leads of the day.
create or replace function analytics.refresh_campaign_days(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := array(select d.day from pg_temp.marketing_day d);
begin
    delete from analytics.v6_campaign_roi_daily r where r.tenant_id = p_tenant_id and r.day = any(v_days);
    insert into analytics.v6_campaign_roi_daily (
        tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
        claimed_conversions, claimed_revenue
    )
    with told as (
        select a.day, a.platform, w.campaign_ref, a.impressions, a.clicks, a.conversions, a.spend, a.revenue,
            case
                when coalesce(upper(a.currency), p_currency) = p_currency then 1
                else analytics.rate_of(p_tenant_id, upper(a.currency), p_currency, a.day)
            end as rate
        from data.ad_performance a
        inner join analytics.campaign_word w
            on w.tenant_id = p_tenant_id and w.platform = a.platform and w.kind = 'key'
            and w.word = a.account_id || '/' || a.campaign_key
        where a.tenant_id = p_tenant_id and a.day = any(v_days)
    ),
    ads as (
        select t.day, t.platform, t.campaign_ref, sum(t.impressions) as impressions, sum(t.clicks) as clicks,
            coalesce(sum(t.spend * t.rate), 0) as spend, sum(t.conversions) as claimed_conversions,
            coalesce(sum(t.revenue * t.rate), 0) as claimed_revenue
        from told t
        group by t.day, t.platform, t.campaign_ref
    ),
    asked as (
        select f.day, f.platform, f.campaign_ref, sum(f.leads) as leads, sum(f.contracts) as contracts,
            sum(f.revenue) as revenue
        from analytics.fact_leads f
        where f.tenant_id = p_tenant_id and f.day = any(v_days)
        group by f.day, f.platform, f.campaign_ref
    )
    select p_tenant_id, day, platform, campaign_ref, coalesce(l.leads, 0), coalesce(l.contracts, 0),
        coalesce(l.revenue, 0), coalesce(a.spend, 0), coalesce(a.impressions, 0), coalesce(a.clicks, 0),
        coalesce(a.claimed_conversions, 0), coalesce(a.claimed_revenue, 0)
    from asked l
    full join ads a using (day, platform, campaign_ref);

    delete from analytics.unconverted_day u where u.tenant_id = p_tenant_id and u.day = any(v_days) and u.side = 'ads';
    insert into analytics.unconverted_day (tenant_id, day, platform, side, currency, rows, amount)
    select p_tenant_id, a.day, a.platform, 'ads', upper(a.currency), count(*), sum(a.spend)
    from data.ad_performance a
    where
        a.tenant_id = p_tenant_id and a.day = any(v_days) and upper(a.currency) <> p_currency
        and analytics.rate_of(p_tenant_id, upper(a.currency), p_currency, a.day) is null
    group by a.day, a.platform, upper(a.currency);

    delete from analytics.platform_day p where p.tenant_id = p_tenant_id and p.day = any(v_days);
    insert into analytics.platform_day (
        tenant_id, day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks,
        claimed_conversions, claimed_revenue
    )
    with paid as (
        select f.day, f.platform, sum(f.leads) as leads
        from analytics.fact_leads f
        where f.tenant_id = p_tenant_id and f.day = any(v_days) and f.is_paid
        group by f.day, f.platform
    )
    select p_tenant_id, r.day, r.platform, coalesce(max(p.leads), 0), sum(r.leads), sum(r.contracts), sum(r.revenue),
        sum(r.spend), sum(r.impressions), sum(r.clicks), sum(r.claimed_conversions), sum(r.claimed_revenue)
    from analytics.v6_campaign_roi_daily r
    left join paid p on p.day = r.day and p.platform = r.platform
    where r.tenant_id = p_tenant_id and r.day = any(v_days)
    group by r.day, r.platform;
end
$$;
