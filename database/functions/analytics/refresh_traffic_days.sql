-- refresh_traffic's part of traffic_day: the hours' sums, and a vendor's sessions of days that have none.
create or replace function analytics.refresh_traffic_days(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.traffic (day, channel, sessions, bought_sessions, page_views, purchases, revenue)
    select d.day, v.channel, sum(v.sessions), 0, 0, 0, 0
    from pg_temp.traffic_day d
    inner join data.channel_day v on v.tenant_id = p_tenant_id and v.day = d.day
    where not exists (select 1 from pg_temp.traffic n where n.day = d.day and n.sessions > 0)
    group by 1, 2;

    delete from analytics.traffic_day t
    using pg_temp.traffic_day d
    where t.tenant_id = p_tenant_id and t.day = d.day
        and not exists (select 1 from pg_temp.traffic n where n.day = t.day and n.channel = t.channel);

    insert into analytics.traffic_day as t (
        tenant_id, day, channel, sessions, bought_sessions, page_views, purchases, revenue, told_by_vendor
    )
    select p_tenant_id, n.day, n.channel, sum(n.sessions), sum(n.bought_sessions), sum(n.page_views),
        sum(n.purchases), trim_scale(sum(n.revenue)), bool_or(bool_or(n.hour is null)) over (partition by n.day)
    from pg_temp.traffic n
    group by n.day, n.channel
    on conflict (tenant_id, day, channel) do update
    set sessions = excluded.sessions, bought_sessions = excluded.bought_sessions,
        page_views = excluded.page_views, purchases = excluded.purchases, revenue = excluded.revenue,
        told_by_vendor = excluded.told_by_vendor
    where (t.sessions, t.bought_sessions, t.page_views, t.purchases, t.revenue, t.told_by_vendor)
        is distinct from (
            excluded.sessions, excluded.bought_sessions, excluded.page_views, excluded.purchases, excluded.revenue,
            excluded.told_by_vendor
        );
end
$$;
