-- Reads the events of the dirty spans into event_row, wide enough that days and sessions are whole, and lists the
-- sessions to compute again. Returns the number of events read.
create or replace function analytics.refresh_read(p_tenant_id uuid, p_time_zone text)
returns bigint
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    perform analytics.analyze_working_table('dirty_span');
    insert into pg_temp.dirty_session
    select distinct s.user_pseudo_id, s.session_id
    from pg_temp.dirty_span d
    inner join analytics.session s on s.tenant_id = p_tenant_id and s.user_pseudo_id = d.device
    where s.first_ts <= d.dirty_hi and s.last_ts >= d.dirty_lo;
    perform analytics.refresh_widen(p_tenant_id, p_time_zone);
    perform analytics.refresh_read_spans(p_tenant_id);

    -- Sessions first seen in these rows may extend beyond them, so the spans are widened once more.
    insert into pg_temp.dirty_session
    select r.device, r.session_id
    from pg_temp.event_row r
    inner join pg_temp.dirty_span d on d.device = r.device
    where r.device <> '' and r.session_id is not null and r.event_ts between d.dirty_lo and d.dirty_hi
    except select x.device, x.session_id from pg_temp.dirty_session x;
    perform analytics.analyze_working_table('dirty_session');
    perform analytics.refresh_widen(p_tenant_id, p_time_zone);
    if exists (select 1 from pg_temp.dirty_span d where not d.is_read) then
        delete from pg_temp.event_row r using pg_temp.dirty_span d where d.device = r.device and not d.is_read;
        perform analytics.refresh_read_spans(p_tenant_id);
    end if;
    perform analytics.analyze_working_table('event_row');

    insert into pg_temp.session_row
    select r.device, r.session_id, r.kind, r.event_ts, r.event_id, r.user_id, r.location_id, r.search_term,
        r.amount, r.currency, r.items, r.may_tell
    from pg_temp.event_row r
    inner join pg_temp.dirty_session s on s.device = r.device and s.session_id = r.session_id;
    perform analytics.analyze_working_table('session_row');
    return (select count(*) from pg_temp.event_row);
end
$$;
