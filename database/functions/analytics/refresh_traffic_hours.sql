-- refresh_traffic's part of traffic_hour.
create or replace function analytics.refresh_traffic_hours(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    delete from analytics.traffic_hour h
    using pg_temp.traffic_day d
    where h.tenant_id = p_tenant_id and h.hour >= d.starts_at and h.hour < d.ends_at
        and not exists (select 1 from pg_temp.traffic n where n.hour = h.hour and n.channel = h.channel);

    insert into analytics.traffic_hour as h (
        tenant_id, hour, channel, sessions, bought_sessions, page_views, purchases, revenue
    )
    select p_tenant_id, n.hour, n.channel, n.sessions, n.bought_sessions, n.page_views, n.purchases, n.revenue
    from pg_temp.traffic n
    on conflict (tenant_id, hour, channel) do update
    set sessions = excluded.sessions, bought_sessions = excluded.bought_sessions,
        page_views = excluded.page_views, purchases = excluded.purchases, revenue = excluded.revenue
    where (h.sessions, h.bought_sessions, h.page_views, h.purchases, h.revenue)
        is distinct from (
            excluded.sessions, excluded.bought_sessions, excluded.page_views, excluded.purchases, excluded.revenue
        );
end
$$;
