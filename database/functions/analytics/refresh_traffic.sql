-- Counts the changed days' visits by hour and channel again, and writes what differs: hours, days, then their months.
create or replace function analytics.refresh_traffic(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if not exists (select from pg_temp.changed_day) and not exists (select from pg_temp.changed_traffic) then
        return;
    end if;
    insert into pg_temp.traffic_day (day, starts_at, ends_at)
    select x.day, auth.day_start(x.day, p_time_zone), auth.day_start(x.day + 1, p_time_zone)
    from unnest(analytics.days_in_reach(p_tenant_id, array(
        select c.day from pg_temp.changed_day c union select t.day from pg_temp.changed_traffic t
    ))) as x (day);
    perform analytics.analyze_working_table('traffic_day');

    with counted as (
        select date_bin('1 hour', s.first_ts, d.starts_at) as hour, d.day, s.channel, count(*) as sessions,
            count(*) filter (where s.bought) as bought_sessions, sum(s.page_views) as page_views,
            0::bigint as purchases, 0::numeric as revenue
        from pg_temp.traffic_day d
        inner join analytics.session s on s.tenant_id = p_tenant_id and s.day = d.day
        group by 1, 2, 3
        union all
        select date_bin('1 hour', x.event_ts, d.starts_at), d.day, coalesce(s.channel, 'unassigned'), 0, 0, 0,
            count(*), coalesce(sum(x.amount * coalesce(x.rate, 1)) filter (where x.value is not null), 0)
        from pg_temp.traffic_day d
        inner join analytics.sale x on x.tenant_id = p_tenant_id and x.day = d.day
        left join analytics.session s
            on s.tenant_id = p_tenant_id and s.user_pseudo_id = x.user_pseudo_id and s.session_id = x.session_id
        group by 1, 2, 3
    )
    insert into pg_temp.traffic (hour, day, channel, sessions, bought_sessions, page_views, purchases, revenue)
    select c.hour, c.day, c.channel, sum(c.sessions), sum(c.bought_sessions), sum(c.page_views), sum(c.purchases),
        trim_scale(sum(c.revenue))
    from counted c group by 1, 2, 3;
    perform analytics.refresh_traffic_hours(p_tenant_id);
    perform analytics.refresh_traffic_days(p_tenant_id);
    perform analytics.refresh_traffic_months(p_tenant_id);
end
$$;
