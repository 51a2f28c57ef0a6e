-- The exact sums of a channel on the days p_from to p_to: its leads and what they brought, its visits and what was
-- bought in them. seen_sessions are those not told by a vendor, bought_sessions those of them with a purchase. For days
-- removed by age, whole months; seen and bought sessions of those months in which all sessions were seen. One row.
create or replace function analytics.get_channel_totals(p_tenant_id uuid, p_from date, p_to date, p_channel text)
returns table (
    leads bigint, contracts bigint, revenue numeric, sessions bigint, seen_sessions bigint, bought_sessions bigint,
    page_views bigint, purchases bigint, online_revenue numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select l.leads, l.contracts, l.revenue, v.sessions, v.seen_sessions, v.bought_sessions, v.page_views,
        v.purchases, v.revenue
    from (
        select coalesce(sum(x.leads), 0)::bigint as leads, coalesce(sum(x.contracts), 0)::bigint as contracts,
            coalesce(sum(x.revenue), 0) as revenue
        from (
            select d.leads, d.contracts, d.revenue
            from analytics.lead_channel_day d
            where d.tenant_id = p_tenant_id and d.day between p_from and p_to and d.channel = p_channel
            union all
            select m.leads, m.contracts, m.revenue
            from analytics.fact_leads_month m
            where m.tenant_id = p_tenant_id and m.channel = p_channel
                and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
                and m.month < (select r.days_from from analytics.rollup_state r where r.tenant_id = p_tenant_id)
        ) x
    ) l
    cross join (
        select coalesce(sum(x.sessions), 0)::bigint as sessions,
            coalesce(sum(x.sessions) filter (where x.is_seen), 0)::bigint as seen_sessions,
            coalesce(sum(x.bought_sessions) filter (where x.is_seen), 0)::bigint as bought_sessions,
            coalesce(sum(x.page_views), 0)::bigint as page_views, coalesce(sum(x.purchases), 0)::bigint as purchases,
            coalesce(sum(x.revenue), 0) as revenue
        from (
            select d.sessions, d.bought_sessions, d.page_views, d.purchases, d.revenue, not d.told_by_vendor as is_seen
            from analytics.traffic_day d
            where d.tenant_id = p_tenant_id and d.day between p_from and p_to and d.channel = p_channel
            union all
            select m.sessions, m.bought_sessions, m.page_views, m.purchases, m.revenue, m.vendor_days = 0
            from analytics.traffic_month m
            where m.tenant_id = p_tenant_id and m.channel = p_channel
                and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
                and m.month < (select r.days_from from analytics.rollup_state r where r.tenant_id = p_tenant_id)
        ) x
    ) v;
end
$$;
