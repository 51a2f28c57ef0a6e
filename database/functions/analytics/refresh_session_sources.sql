-- Finds out where the dirty sessions came from: the first of a session's rows that says so. If none does, the export's
-- word on where its user once came from is better than nothing; for a session of the Data API, which never says, it is
-- not set. Nearly always the first row decides, so other rows are looked up only for the remaining sessions, if they
-- may tell.
create or replace function analytics.refresh_session_sources(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_lo timestamptz;
    v_hi timestamptz;
begin
    select min(f.first_ts), max(f.last_ts) into v_lo, v_hi from pg_temp.session_fact f;
    if v_lo is null then
        return;
    end if;
    insert into pg_temp.session_source (device, session_id, told, user_told)
    select f.device, f.session_id, analytics.attribution_of(e.extra, e.page_location),
        case
            when e.extra ? 'traffic_source' then array[
                analytics.told_name(e.extra #>> '{traffic_source,source}'),
                analytics.told_name(e.extra #>> '{traffic_source,medium}'),
                analytics.told_name(e.extra #>> '{traffic_source,name}')
            ]
            when e.road = 2 then array['(not set)', null, null]
        end
    from pg_temp.session_fact f
    cross join lateral analytics.event_told(p_tenant_id, f.first_kind, f.first_ts, f.first_id, v_lo, v_hi) e;
    perform analytics.analyze_working_table('session_source');
    if not exists (select from pg_temp.session_source s where s.told is null) then
        return;
    end if;

    with later as (
        select distinct on (r.device, r.session_id) r.device, r.session_id, a.told
        from pg_temp.session_source s
        inner join pg_temp.session_row r on r.device = s.device and r.session_id = s.session_id
        cross join lateral analytics.event_told(p_tenant_id, r.kind, r.event_ts, r.event_id, v_lo, v_hi) e
        cross join lateral (select analytics.attribution_of(e.extra, e.page_location) as told offset 0) a
        where s.told is null and r.may_tell and a.told is not null
        order by r.device, r.session_id, r.event_ts, r.event_id
    ),
    decided as (
        select s.device, s.session_id, coalesce(l.told, s.user_told, array[null, null, null]::text []) as told
        from pg_temp.session_source s
        left join later l on l.device = s.device and l.session_id = s.session_id
        where s.told is null
    )
    update pg_temp.session_source s
    set told = d.told
    from decided d
    where s.device = d.device and s.session_id = d.session_id;
end
$$;
