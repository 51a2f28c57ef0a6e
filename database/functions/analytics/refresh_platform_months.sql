-- Sums the platforms' days again over the months of the days that were computed again (marketing_day), and writes what
-- differs; p_has_lost: days may have lost a platform. Of a month whose days were removed by age, all days are there
-- (refresh_left_months) until drop_before. (Where months end is computed before: under row-level security no index serves
-- a comparison with an expression.)
create or replace function analytics.refresh_platform_months(p_tenant_id uuid, p_has_lost boolean)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_months date[] := array(select distinct date_trunc('month', d.day::timestamp)::date from pg_temp.marketing_day d);
    v_ends date[] := array(select (m.month + interval '1 month')::date from unnest(v_months) as m (month));
begin
    if p_has_lost then
        delete from analytics.platform_month m
        using unnest(v_months, v_ends) as o (month, month_end)
        where
            m.tenant_id = p_tenant_id and m.month = any(v_months) and m.month = o.month
            and not exists (
                -- Looked up by key; an anti join would read all days.
                select from analytics.platform_day d
                where d.tenant_id = p_tenant_id and d.day >= o.month and d.day < o.month_end and d.platform = m.platform
                offset 0
            );
    end if;

    merge into analytics.platform_month m
    using (
        select o.month, d.platform, sum(d.paid_leads) as paid_leads, sum(d.leads) as leads, sum(d.contracts) as contracts,
            sum(d.revenue) as revenue, sum(d.spend) as spend, sum(d.impressions) as impressions, sum(d.clicks) as clicks,
            sum(d.claimed_conversions) as claimed_conversions, sum(d.claimed_revenue) as claimed_revenue
        from unnest(v_months, v_ends) as o (month, month_end)
        inner join analytics.platform_day d
            on d.tenant_id = p_tenant_id and d.day >= o.month and d.day < o.month_end
        group by o.month, d.platform
    ) s
        on m.tenant_id = p_tenant_id and m.month = any(v_months) and m.month = s.month and m.platform = s.platform
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
