-- refresh_traffic's part of traffic_month.
create or replace function analytics.refresh_traffic_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with changed as materialized (
        select distinct date_trunc('month', d.day::timestamp)::date as month from pg_temp.traffic_day d
    ),
    gone as (
        delete from analytics.traffic_month m
        using changed c
        where m.tenant_id = p_tenant_id and m.month = c.month
            and not exists (
                select 1 from analytics.traffic_day t
                where t.tenant_id = p_tenant_id and t.channel = m.channel
                    and t.day >= c.month and t.day < (c.month + interval '1 month')::date
            )
    )
    insert into analytics.traffic_month as m (
        tenant_id, month, channel, sessions, bought_sessions, page_views, purchases, revenue, vendor_days
    )
    select p_tenant_id, c.month, t.channel, sum(t.sessions), sum(t.bought_sessions), sum(t.page_views),
        sum(t.purchases), trim_scale(sum(t.revenue)), count(*) filter (where t.told_by_vendor and t.sessions > 0)
    from changed c
    inner join analytics.traffic_day t
        on t.tenant_id = p_tenant_id and t.day >= c.month and t.day < (c.month + interval '1 month')::date
    group by c.month, t.channel
    on conflict (tenant_id, month, channel) do update
    set sessions = excluded.sessions, bought_sessions = excluded.bought_sessions,
        page_views = excluded.page_views, purchases = excluded.purchases, revenue = excluded.revenue,
        vendor_days = excluded.vendor_days
    where (m.sessions, m.bought_sessions, m.page_views, m.purchases, m.revenue, m.vendor_days)
        is distinct from (
            excluded.sessions, excluded.bought_sessions, excluded.page_views, excluded.purchases, excluded.revenue,
            excluded.vendor_days
        );
end
$$;
