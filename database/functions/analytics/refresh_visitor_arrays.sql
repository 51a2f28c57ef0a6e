-- Fills fresh and second of the changed days: with them, distinct visitors and repeat visitors of any range are one
-- sum over its days. A user counts as fresh for k up to the days since the last active day; a session is a user's
-- second for k from the days since the session before it (exclusive) up to those since the one before that.
create or replace function analytics.refresh_visitor_arrays(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with step as (
        -- By how much each array grows from k = gap to k = gap + 1; with gap 0, its first element.
        select d.day, 0 as gap, count(*) as fresh, 0::bigint as second
        from pg_temp.changed_day c
        inner join analytics.user_day d on d.tenant_id = p_tenant_id and d.day = c.day
        group by 1
        union all
        select d.day, d.day - d.prev_day, -count(*), 0
        from pg_temp.changed_day c
        inner join analytics.user_day d on d.tenant_id = p_tenant_id and d.day = c.day
        where d.prev_day is not null group by 1, 2
        union all
        select s.day, s.day - s.prev_day, 0, count(*)
        from pg_temp.changed_day c
        inner join analytics.session s on s.tenant_id = p_tenant_id and s.day = c.day
        where s.prev_day is not null group by 1, 2
        union all
        select s.day, s.day - s.prev2_day, 0, -count(*)
        from pg_temp.changed_day c
        inner join analytics.session s on s.tenant_id = p_tenant_id and s.day = c.day
        where s.prev2_day is not null group by 1, 2
    ),
    span as (
        select s.day, max(s.gap) as widest from step s group by 1
    ),
    merged as (
        select s.day, s.gap, sum(s.fresh) as fresh, sum(s.second) as second from step s group by 1, 2
    ),
    running as (
        select p.day, g.gap, sum(m.fresh) over w as fresh, sum(m.second) over w as second
        from span p
        cross join lateral generate_series(0, p.widest) as g (gap)
        left join merged m on m.day = p.day and m.gap = g.gap
        window w as (partition by p.day order by g.gap)
    ),
    packed as (
        select r.day, array_agg(coalesce(r.fresh, 0)::integer order by r.gap) as fresh,
            array_agg(coalesce(r.second, 0)::integer order by r.gap) as second
        from running r group by 1
    )
    update analytics.day_total t
    set fresh = p.fresh, second = p.second
    from packed p
    where t.tenant_id = p_tenant_id and t.location_id = '' and t.day = p.day;
end
$$;
