-- Puts together anew what campaigns had on the days that changed: their ads, and the leads of the day. Writes what differs.
create or replace function analytics.refresh_campaign_days(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_days date[] := array(select d.day from pg_temp.marketing_day d);
begin
    insert into pg_temp.campaign_day (
        day, platform, campaign_ref, paid_leads, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
        claimed_revenue
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
            and w.word = replace(a.account_id, '/', E'\x1f') || '/' || a.campaign_key
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
        select f.day, f.platform, f.campaign_ref, count(*) filter (where f.is_paid) as paid_leads, count(*) as leads,
            sum(f.contracts) as contracts, sum(f.revenue) as revenue
        from analytics.fact_leads f
        where f.tenant_id = p_tenant_id and f.day = any(v_days)
        group by f.day, f.platform, f.campaign_ref
    )
    select day, platform, campaign_ref, coalesce(l.paid_leads, 0), coalesce(l.leads, 0), coalesce(l.contracts, 0),
        coalesce(l.revenue, 0), coalesce(a.spend, 0), coalesce(a.impressions, 0), coalesce(a.clicks, 0),
        coalesce(a.claimed_conversions, 0), coalesce(a.claimed_revenue, 0)
    from asked l
    full join ads a using (day, platform, campaign_ref);

    delete from analytics.v6_campaign_roi_daily r
    where
        r.tenant_id = p_tenant_id and r.day = any(v_days)
        and not exists (
            select from pg_temp.campaign_day d
            where d.day = r.day and d.platform = r.platform and d.campaign_ref = r.campaign_ref
        );
    insert into analytics.v6_campaign_roi_daily as r (
        tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks,
        claimed_conversions, claimed_revenue
    )
    select p_tenant_id, d.day, d.platform, d.campaign_ref, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks,
        d.claimed_conversions, d.claimed_revenue
    from pg_temp.campaign_day d
    on conflict (tenant_id, day, platform, campaign_ref) do update set
        leads = excluded.leads, contracts = excluded.contracts, revenue = excluded.revenue, spend = excluded.spend,
        impressions = excluded.impressions, clicks = excluded.clicks,
        claimed_conversions = excluded.claimed_conversions, claimed_revenue = excluded.claimed_revenue
    where (
        r.leads, r.contracts, r.revenue, r.spend, r.impressions, r.clicks, r.claimed_conversions, r.claimed_revenue
    ) is distinct from (
        excluded.leads, excluded.contracts, excluded.revenue, excluded.spend, excluded.impressions, excluded.clicks,
        excluded.claimed_conversions, excluded.claimed_revenue
    );
end
$$;
