-- About how large each campaign, branch and product is in the months that touch the days p_from to before p_to, for
-- insights.get_daily_series: months are few, and say whose days are worth reading. A campaign is 'platform ref', the
-- product of purchases its item_key.
create or replace function insights.get_sizes_by_month(p_tenant_id uuid, p_from date, p_to date)
returns table (metric text, dimension text, member text, size numeric)
language plpgsql stable
as $$
declare
    v_from date := date_trunc('month', p_from::timestamp)::date;
begin
    return query
    select v.metric, 'campaign', t.member, v.size
    from (
        select
            m.platform || ' ' || m.campaign_ref as member, sum(m.leads) as leads, sum(m.contracts) as contracts,
            sum(abs(m.revenue)) as revenue, sum(abs(m.spend)) as spend
        from analytics.v6_campaign_roi_monthly m
        where m.tenant_id = p_tenant_id and m.month >= v_from and m.month < p_to and m.campaign_ref <> ''
        group by m.platform, m.campaign_ref
    ) t
    cross join lateral (
        values ('leads', t.leads), ('contracts', t.contracts), ('lead_revenue', t.revenue), ('spend', t.spend)
    ) as v (metric, size)
    union all
    select 'leads', 'branch', m.location_id, sum(m.leads)
    from analytics.v6_branch_performance m
    where m.tenant_id = p_tenant_id and m.month >= v_from and m.month < p_to
    group by m.location_id
    union all
    select 'leads', 'product', coalesce(m.product_id, m.product_name), sum(m.leads)
    from analytics.v6_product_performance m
    where m.tenant_id = p_tenant_id and m.month >= v_from and m.month < p_to
    group by 3
    union all
    select 'purchases', 'product', m.item_key::text, sum(m.purchases)
    from analytics.product_month m
    where m.tenant_id = p_tenant_id and m.month >= v_from and m.month < p_to
    group by m.item_key;
end
$$;
