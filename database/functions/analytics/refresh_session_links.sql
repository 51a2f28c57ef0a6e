-- Links the new sessions, and the stored ones around them, to the two before and the one after, and stores both. Of the
-- sessions before the change, only the last two of each user are looked at.
create or replace function analytics.refresh_session_links(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    perform analytics.refresh_changed_users();
    with changed as materialized (
        -- From a day earlier, since no time zone is that far from UTC. Instants, because days need not be in the order
        -- of time.
        select c.u, (c.since - 1)::timestamp at time zone 'UTC' as since_ts from pg_temp.changed_user c
    ),
    around as (
        select n.u, n.user_pseudo_id, n.session_id, n.first_ts, n.first_id, n.day, true as is_new, false as is_before,
            null::date as old_prev_day, null::date as old_prev2_day, null::date as old_next_day
        from pg_temp.new_session n
        union all
        select c.u, s.user_pseudo_id, s.session_id, s.first_ts, s.first_id, s.day, false, false,
            s.prev_day, s.prev2_day, s.next_day
        from changed c
        inner join analytics.session s on s.tenant_id = p_tenant_id and s.u = c.u and s.first_ts >= c.since_ts
        union all
        select c.u, b.user_pseudo_id, b.session_id, b.first_ts, b.first_id, b.day, false, true,
            b.prev_day, b.prev2_day, b.next_day
        from changed c
        cross join lateral (
            select s.* from analytics.session s
            where s.tenant_id = p_tenant_id and s.u = c.u and s.first_ts < c.since_ts
            order by s.first_ts desc, s.first_id desc limit 2
        ) b
    ),
    linked as (
        select a.*, lead(a.day) over w as next_day,
            case when a.is_before then a.old_prev_day else lag(a.day) over w end as prev_day,
            case when a.is_before then a.old_prev2_day else lag(a.day, 2) over w end as prev2_day
        from around a
        window w as (partition by a.u order by a.first_ts, a.first_id)
    ),
    kept as (
        insert into pg_temp.session_link
        select l.user_pseudo_id, l.session_id, l.is_new, l.prev_day, l.prev2_day, l.next_day
        from linked l
        where l.is_new
            or (l.prev_day, l.prev2_day, l.next_day) is distinct from (l.old_prev_day, l.old_prev2_day, l.old_next_day)
    )
    -- A change of next_day alone needs no mark: the session that it refers to is new or gone, and its day is marked for
    -- that.
    insert into pg_temp.changed_day
    select distinct l.day from linked l
    where not l.is_new and (l.prev_day, l.prev2_day) is distinct from (l.old_prev_day, l.old_prev2_day);
    perform analytics.analyze_working_table('session_link');

    update analytics.session s
    set prev_day = l.prev_day, prev2_day = l.prev2_day, next_day = l.next_day
    from pg_temp.session_link l
    where not l.is_new and s.tenant_id = p_tenant_id and s.user_pseudo_id = l.user_pseudo_id
        and s.session_id = l.session_id;
    insert into analytics.session (
        tenant_id, user_pseudo_id, session_id, day, first_ts, first_id, last_ts, user_id, u, row_location_id,
        location_id, last_user_id, last_row_location_id, last_location_id, page_views, bought, viewed,
        prev_day, prev2_day, next_day, task_key, source, medium, campaign, channel
    )
    select p_tenant_id, n.user_pseudo_id, n.session_id, n.day, n.first_ts, n.first_id, n.last_ts, n.user_id, n.u,
        n.row_location_id, n.location_id, n.last_user_id, n.last_row_location_id, n.last_location_id, n.page_views,
        n.bought, n.viewed, l.prev_day, l.prev2_day, l.next_day, n.task_key, n.source, n.medium, n.campaign,
        n.channel
    from pg_temp.new_session n
    inner join pg_temp.session_link l on l.user_pseudo_id = n.user_pseudo_id and l.session_id = n.session_id;
end
$$;
