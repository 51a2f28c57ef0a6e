-- Gives up to p_limit stored events of one table, after a key, the location that a rule names. Returns first one row
-- with the last key looked at (event_count: rows looked at; none: the table is done), then one row per device and user
-- of the events that changed.
create or replace function data.resolve_locations(
    p_tenant_id uuid, p_table text, p_place text, p_name text, p_after_ts timestamptz, p_after_id uuid, p_limit integer
) returns table (
    is_cursor boolean, last_event_id uuid, user_pseudo_id text, user_id text, event_count bigint,
    first_ts timestamptz, last_ts timestamptz
)
language plpgsql
as $$
begin
    return query execute format(
        $q$
        with slice as materialized (
            select e.event_ts, e.event_id, e.location_id,
                data.location_by_rule($2, $3, e.road, e.extra, e.session_id, e.page_location, e.page_title) as resolved
            from data.%1$I e
            where e.tenant_id = $1 and e.event_ts >= $4 and (e.event_ts, e.event_id) > ($4, $5)
            order by e.event_ts, e.event_id
            limit $6
        ), changed as (
            update data.%1$I e set location_id = s.resolved
            from slice s
            where
                e.tenant_id = $1 and e.event_ts = s.event_ts and e.event_id = s.event_id
                and s.location_id is distinct from s.resolved
            returning e.user_pseudo_id, e.user_id, e.event_ts
        )
        (
            select true, s.event_id, null::text, null::text, (select count(*) from slice), s.event_ts, s.event_ts
            from slice s order by s.event_ts desc, s.event_id desc limit 1
        )
        union all
        select false, null, c.user_pseudo_id, c.user_id, count(*), min(c.event_ts), max(c.event_ts)
        from changed c group by c.user_pseudo_id, c.user_id
        $q$,
        p_table
    )
    using p_tenant_id, p_place, p_name, p_after_ts, p_after_id, p_limit;
end
$$;
