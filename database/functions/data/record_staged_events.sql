-- Moves what COPY put into pg_temp.staged_event (services/data_service/store/events/staging.py) into the event tables.
-- Hits that are already there change nothing. Returns, for the rows really inserted, one row per table, device and
-- user; if some were older than what the tenant keeps, and left out, a row 'too_old' with their number. Inserts go
-- table by table and in key order, so that two writers of the same hits wait for each other, never both.
create or replace function data.record_staged_events(p_tenant_id uuid, p_batch_id uuid, p_road smallint)
returns table (
    event_table text, user_pseudo_id text, user_id text, event_count bigint, first_ts timestamptz, last_ts timestamptz
)
language plpgsql
as $$
#variable_conflict use_column
declare
    c_microsecond constant interval := interval '1 microsecond';
    c_epoch constant timestamptz := timestamptz '1970-01-01 00:00:00+00';
    v_since timestamptz;
    v_too_old bigint;
begin
    -- The shared lock makes whoever moves this limit wait for imports that have already read it.
    select r.events_since into v_since from data.retention r where r.tenant_id = p_tenant_id for share;
    if v_since is not null then
        delete from pg_temp.staged_event s where c_epoch + s.event_us * c_microsecond < v_since;
        get diagnostics v_too_old = row_count;
        if v_too_old > 0 then
            return query select 'too_old', null::text, null::text, v_too_old, null::timestamptz, null::timestamptz;
        end if;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 0) then
        return query
        with inserted as (
            insert into data.page_view (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.extra
            from pg_temp.staged_event s
            where s.kind = 0
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'page_view', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 1) then
        return query
        with inserted as (
            insert into data.view_item (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                value, currency, items, extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.value, s.currency, s.items, s.extra
            from pg_temp.staged_event s
            where s.kind = 1
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'view_item', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 2) then
        return query
        with inserted as (
            insert into data.add_to_cart (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                value, currency, items, extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.value, s.currency, s.items, s.extra
            from pg_temp.staged_event s
            where s.kind = 2
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'add_to_cart', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 3) then
        return query
        with inserted as (
            insert into data.purchase (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                transaction_id, value, currency, items, extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.subject, s.value, s.currency, s.items, s.extra
            from pg_temp.staged_event s
            where s.kind = 3
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'purchase', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 4) then
        return query
        with inserted as (
            insert into data.view_search_results (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                search_term, extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.subject, s.extra
            from pg_temp.staged_event s
            where s.kind = 4
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'view_search_results', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 5) then
        return query
        with inserted as (
            insert into data.no_search_results (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                search_term, extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.subject, s.extra
            from pg_temp.staged_event s
            where s.kind = 5
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'no_search_results', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;

    if exists (select from pg_temp.staged_event s where s.kind = 6) then
        return query
        with inserted as (
            insert into data.other_event (
                tenant_id, event_ts, event_id, batch_id, road, user_pseudo_id, user_id, session_id, location_id, page_location, page_title,
                event_name, value, currency, items, extra
            )
            select
                p_tenant_id, c_epoch + s.event_us * c_microsecond, s.event_id, p_batch_id, p_road,
                s.user_pseudo_id, s.user_id, s.session_id, s.location_id, s.page_location, s.page_title,
                s.subject, s.value, s.currency, s.items, s.extra
            from pg_temp.staged_event s
            where s.kind = 6
            order by s.event_us, s.event_id
            on conflict do nothing
            returning user_pseudo_id, user_id, event_ts
        )
        select 'other_event', i.user_pseudo_id, i.user_id, count(*), min(i.event_ts), max(i.event_ts)
        from inserted i group by i.user_pseudo_id, i.user_id;
    end if;
end
$$;
