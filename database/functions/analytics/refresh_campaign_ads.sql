-- Updates what the ads of the dirty days brought campaigns and platforms, and adds the differences to the campaigns'
-- months. Writes what differs. Returns whether a row may have lost everything that it existed for.
create or replace function analytics.refresh_campaign_ads(p_tenant_id uuid, p_currency text)
returns boolean
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_days date[] := array(select d.day from pg_temp.ad_day d);
    v_months date[] := array(select distinct date_trunc('month', d.day::timestamp)::date from pg_temp.ad_day d);
    v_counted date[] := array(
        select d.day from pg_temp.ad_day d
        where date_trunc('month', d.day::timestamp)::date not in (select m.month from pg_temp.rebuilt_month m)
    );
    v_has_lost boolean := false;
begin
    insert into pg_temp.campaign_ad (
        day, platform, campaign_ref, spend, impressions, clicks, claimed_conversions, claimed_revenue, lacks_rate
    )
    with told as (
        select a.day, a.platform, w.campaign_ref, a.impressions, a.clicks, a.conversions, a.spend, a.revenue,
            o.is_foreign, case when o.is_foreign then analytics.rate_of(p_tenant_id, upper(a.currency), p_currency, a.day) end as rate
        from data.ad_performance a
        cross join lateral (select coalesce(upper(a.currency) <> p_currency, false) as is_foreign) o
        inner join analytics.campaign_word w
            on w.tenant_id = p_tenant_id and w.platform = a.platform and w.kind = 'key'
            and w.word = analytics.campaign_key(a.account_id, a.campaign_key)
        where a.tenant_id = p_tenant_id and a.day = any(v_days)
    )
    select t.day, t.platform, t.campaign_ref, coalesce(sum(case when t.is_foreign then t.spend * t.rate else t.spend end), 0),
        sum(t.impressions), sum(t.clicks), sum(t.conversions),
        coalesce(sum(case when t.is_foreign then t.revenue * t.rate else t.revenue end), 0),
        bool_or(t.is_foreign and t.rate is null)
    from told t
    group by t.day, t.platform, t.campaign_ref
    -- In this order the rows of a day are stored together.
    order by t.day;

    with change as materialized (
        select x.month, x.platform, x.campaign_ref, sum(x.spend) as spend, sum(x.impressions) as impressions,
            sum(x.clicks) as clicks, sum(x.claimed_conversions) as claimed_conversions,
            sum(x.claimed_revenue) as claimed_revenue
        from (
            select date_trunc('month', c.day::timestamp)::date as month, c.platform, c.campaign_ref, c.spend, c.impressions,
                c.clicks, c.claimed_conversions, c.claimed_revenue
            from pg_temp.campaign_ad c
            union all
            select date_trunc('month', r.day::timestamp)::date, r.platform, r.campaign_ref, -r.spend, -r.impressions,
                -r.clicks, -r.claimed_conversions, -r.claimed_revenue
            from analytics.v6_campaign_roi_daily r
            where r.tenant_id = p_tenant_id and r.day = any(v_counted)
                and (r.spend, r.impressions, r.clicks, r.claimed_conversions, r.claimed_revenue) <> (0, 0, 0, 0, 0)
        ) x
        group by x.month, x.platform, x.campaign_ref
    ),
    written as (
        update analytics.v6_campaign_roi_monthly m
        set spend = m.spend + c.spend, impressions = m.impressions + c.impressions, clicks = m.clicks + c.clicks,
            claimed_conversions = m.claimed_conversions + c.claimed_conversions,
            claimed_revenue = m.claimed_revenue + c.claimed_revenue
        from change c
        where
            m.tenant_id = p_tenant_id and m.month = any(v_months) and m.month = c.month and m.platform = c.platform
            and m.campaign_ref = c.campaign_ref
            and (c.spend, c.impressions, c.clicks, c.claimed_conversions, c.claimed_revenue) <> (0, 0, 0, 0, 0)
    )
    insert into analytics.v6_campaign_roi_monthly (
        tenant_id, month, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
        claimed_conversions, claimed_revenue
    )
    select p_tenant_id, c.month, c.platform, c.campaign_ref, 0, 0, 0, c.spend, c.impressions, c.clicks,
        c.claimed_conversions, c.claimed_revenue
    from change c
    where not exists (
        select from analytics.v6_campaign_roi_monthly m
        where m.tenant_id = p_tenant_id and m.month = any(v_months) and m.month = c.month and m.platform = c.platform
            and m.campaign_ref = c.campaign_ref
    );

    -- A row without leads is updated even if its figures are 0 already, so that `found` tells of rows to delete
    -- (refresh_drop_empty).
    update analytics.v6_campaign_roi_daily r
    set spend = 0, impressions = 0, clicks = 0, claimed_conversions = 0, claimed_revenue = 0
    where
        r.tenant_id = p_tenant_id and r.day = any(v_days)
        and (
            r.leads = 0
            or (r.spend, r.impressions, r.clicks, r.claimed_conversions, r.claimed_revenue) <> (0, 0, 0, 0, 0)
        )
        and not exists (
            select from pg_temp.campaign_ad c
            where c.day = r.day and c.platform = r.platform and c.campaign_ref = r.campaign_ref
        );
    v_has_lost := found;
    update analytics.platform_day p
    set spend = 0, impressions = 0, clicks = 0, claimed_conversions = 0, claimed_revenue = 0
    where
        p.tenant_id = p_tenant_id and p.day = any(v_days)
        and (
            p.leads = 0
            or (p.spend, p.impressions, p.clicks, p.claimed_conversions, p.claimed_revenue) <> (0, 0, 0, 0, 0)
        )
        and not exists (select from pg_temp.campaign_ad c where c.day = p.day and c.platform = p.platform);
    v_has_lost := v_has_lost or found;

    update analytics.v6_campaign_roi_daily r
    set spend = c.spend, impressions = c.impressions, clicks = c.clicks, claimed_conversions = c.claimed_conversions,
        claimed_revenue = c.claimed_revenue
    from pg_temp.campaign_ad c
    where
        r.tenant_id = p_tenant_id and r.day = any(v_days) and r.day = c.day and r.platform = c.platform
        and r.campaign_ref = c.campaign_ref
        and (r.spend, r.impressions, r.clicks, r.claimed_conversions, r.claimed_revenue)
            is distinct from (c.spend, c.impressions, c.clicks, c.claimed_conversions, c.claimed_revenue);
    insert into analytics.v6_campaign_roi_daily (
        tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
        claimed_conversions, claimed_revenue
    )
    select p_tenant_id, c.day, c.platform, c.campaign_ref, 0, 0, 0, c.spend, c.impressions, c.clicks,
        c.claimed_conversions, c.claimed_revenue
    from pg_temp.campaign_ad c
    where not exists (
        select from analytics.v6_campaign_roi_daily r
        where r.tenant_id = p_tenant_id and r.day = any(v_days) and r.day = c.day and r.platform = c.platform
            and r.campaign_ref = c.campaign_ref
    );

    with counted as materialized (
        select c.day, c.platform, sum(c.spend) as spend, sum(c.impressions) as impressions, sum(c.clicks) as clicks,
            sum(c.claimed_conversions) as claimed_conversions, sum(c.claimed_revenue) as claimed_revenue
        from pg_temp.campaign_ad c
        group by c.day, c.platform
    ),
    written as (
        update analytics.platform_day p
        set spend = c.spend, impressions = c.impressions, clicks = c.clicks, claimed_conversions = c.claimed_conversions,
            claimed_revenue = c.claimed_revenue
        from counted c
        where
            p.tenant_id = p_tenant_id and p.day = any(v_days) and p.day = c.day and p.platform = c.platform
            and (p.spend, p.impressions, p.clicks, p.claimed_conversions, p.claimed_revenue)
                is distinct from (c.spend, c.impressions, c.clicks, c.claimed_conversions, c.claimed_revenue)
    )
    insert into analytics.platform_day (
        tenant_id, day, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
        claimed_revenue
    )
    select p_tenant_id, c.day, c.platform, 0, 0, 0, 0, c.spend, c.impressions, c.clicks, c.claimed_conversions,
        c.claimed_revenue
    from counted c
    where not exists (
        select from analytics.platform_day p
        where p.tenant_id = p_tenant_id and p.day = any(v_days) and p.day = c.day and p.platform = c.platform
    );
    return v_has_lost;
end
$$;
