-- Reads the spans that are not read yet. The outer bounds prune the partitions; each span then uses the device index.
create or replace function analytics.refresh_read_spans(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_lo timestamptz;
    v_hi timestamptz;
begin
    select min(d.lo), max(d.hi) into v_lo, v_hi from pg_temp.dirty_span d where not d.is_read and d.device <> '';
    if v_lo is not null then
        insert into pg_temp.event_row
        select e.kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id,
            e.search_term, e.transaction_id, e.amount, e.currency, e.items, e.may_tell
        from pg_temp.dirty_span d
        inner join analytics.event_rows(p_tenant_id, v_lo, v_hi) e
            on e.user_pseudo_id = d.device and e.event_ts >= d.lo and e.event_ts < d.hi
        where not d.is_read and d.device <> '';
    end if;
    select min(d.lo), max(d.hi) into v_lo, v_hi from pg_temp.dirty_span d where not d.is_read and d.device = '';
    if v_lo is not null then
        insert into pg_temp.event_row
        select e.kind, e.event_ts, e.event_id, '', e.user_id, null, e.location_id,
            e.search_term, e.transaction_id, e.amount, e.currency, e.items, e.may_tell
        from pg_temp.dirty_span d
        inner join analytics.event_rows(p_tenant_id, v_lo, v_hi) e on coalesce(e.user_id, '') = d.owner
        where not d.is_read and d.device = '' and e.user_pseudo_id is null
            and e.event_ts >= d.lo and e.event_ts < d.hi;
    end if;
    update pg_temp.dirty_span d set is_read = true where not d.is_read;
end
$$;
