-- Sums the platforms' days again over the months of the days that were computed again (marketing_day), and writes what
-- differs. Of a month whose days were removed by age, all days are there (refresh_left_months) until drop_before.
create or replace function analytics.refresh_platform_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day::timestamp)::date from pg_temp.marketing_day d);
begin
    delete from analytics.platform_month m
    where
        m.tenant_id = p_tenant_id and m.month = any(v_months)
        and not exists (
            select from analytics.platform_day d
            where d.tenant_id = p_tenant_id and d.day >= m.month and d.day < (m.month + interval '1 month')::date
                and d.platform = m.platform
        );

    merge into analytics.platform_month m
    using (
        select o.month, d.platform, sum(d.paid_leads) as paid_leads, sum(d.leads) as leads, sum(d.contracts) as contracts,
            sum(d.revenue) as revenue, sum(d.spend) as spend, sum(d.impressions) as impressions, sum(d.clicks) as clicks,
            sum(d.claimed_conversions) as claimed_conversions, sum(d.claimed_revenue) as claimed_revenue
        from unnest(v_months) as o (month)
        inner join analytics.platform_day d
            on d.tenant_id = p_tenant_id and d.day >= o.month and d.day < (o.month + interval '1 month')::date
        group by o.month, d.platform
    ) s
        on m.tenant_id = p_tenant_id and m.month = s.month and m.platform = s.platform
    when matched and (
        m.paid_leads, m.leads, m.contracts, m.revenue, m.spend, m.impressions, m.clicks, m.claimed_conversions,
        m.claimed_revenue
    ) is distinct from (
        s.paid_leads, s.leads, s.contracts, s.revenue, s.spend, s.impressions, s.clicks, s.claimed_conversions,
        s.claimed_revenue
    ) then
        update set paid_leads = s.paid_leads, leads = s.leads, contracts = s.contracts, revenue = s.revenue,
            spend = s.spend, impressions = s.impressions, clicks = s.clicks,
            claimed_conversions = s.claimed_conversions, claimed_revenue = s.claimed_revenue
    when not matched then
        insert (
            tenant_id, month, platform, paid_leads, leads, contracts, revenue, spend, impressions, clicks,
            claimed_conversions, claimed_revenue
        )
        values (
            p_tenant_id, s.month, s.platform, s.paid_leads, s.leads, s.contracts, s.revenue, s.spend, s.impressions,
            s.clicks, s.claimed_conversions, s.claimed_revenue
        );
end
$$;
