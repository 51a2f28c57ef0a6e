-- For each branch with events in the 14 days that end with p_day: visits (sessions begun) of each day, oldest first,
-- and when the last event of p_day was (null: none).
--
-- Columns: location_id, location_name, visits (14 numbers), last_event_at
create or replace function analytics.get_branch_report_days(p_tenant_id uuid, p_day date)
returns table (location_id text, location_name text, visits bigint[], last_event_at timestamptz)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    with branch as (
        select t.location_id, max(t.last_ts) filter (where t.day = p_day) as last_event_at
        from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.location_id <> '' and t.day between p_day - 13 and p_day
        group by 1
    )
    select b.location_id, coalesce(l.location_name, b.location_id), array(
        select coalesce(t.sessions, 0)
        from generate_series(0, 13) as g (n)
        left join analytics.day_total t
            on t.tenant_id = p_tenant_id and t.location_id = b.location_id and t.day = p_day - 13 + g.n
        order by g.n
    ), b.last_event_at
    from branch b
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = b.location_id
    order by b.location_id;
end
$$;
