-- Widens each dirty span to whole tenant days that contain its dirty sessions as they are stored. A span that grew must
-- be read again.
create or replace function analytics.refresh_widen(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with stored as (
        select s.user_pseudo_id as device, min(s.first_ts) as first_ts, max(s.last_ts) as last_ts
        from pg_temp.dirty_session x
        inner join analytics.session s
            on s.tenant_id = p_tenant_id and s.user_pseudo_id = x.device and s.session_id = x.session_id
        group by 1
    ),
    wanted as (
        select d.device, d.owner,
            (least(d.dirty_lo, s.first_ts) at time zone p_time_zone)::date as lo_day,
            (greatest(d.dirty_hi, s.last_ts) at time zone p_time_zone)::date + 1 as hi_day
        from pg_temp.dirty_span d left join stored s on s.device = d.device
    )
    update pg_temp.dirty_span d
    set lo_day = w.lo_day, hi_day = w.hi_day, is_read = false,
        lo = auth.day_start(w.lo_day, p_time_zone), hi = auth.day_start(w.hi_day, p_time_zone)
    from wanted w
    where w.device = d.device and w.owner = d.owner
        and (d.lo_day is null or w.lo_day < d.lo_day or w.hi_day > d.hi_day);
end
$$;
