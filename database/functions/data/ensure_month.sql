-- Creates the partitions of one month (UTC) in all seven event tables. Called before the month's first rows are
-- written, in a transaction of its own: attaching is quick, but it locks the default partition. Returns whether the
-- month exists; false if rows of it are already in the default partition (they stay there). While it waits for the
-- default partition, everybody who comes later waits too. So it waits 0.15 s, fails with lock_not_available, and is
-- called again after a pause (services/data_service/store/events/months.py).
create or replace function data.ensure_month(p_month date) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
    v_first date := date_trunc('month', p_month)::date;
    v_from text := to_char(v_first, 'YYYY-MM-DD') || ' 00:00:00+00';
    v_to text := to_char(v_first + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
    v_table text;
    v_partition text;
    v_complete boolean := true;
begin
    if v_first not between date '2000-01-01' and (now() at time zone 'UTC')::date + 400 then
        raise exception 'month % is out of range', v_first using errcode = 'datetime_field_overflow';
    end if;
    -- Two importers must not create the same month at once. Whoever waits here holds no lock that others need.
    perform pg_advisory_xact_lock(hashtextextended('data.ensure_month', 0));
    set local lock_timeout = '150ms';
    foreach v_table in array array[
        'page_view', 'view_item', 'add_to_cart', 'purchase', 'view_search_results', 'no_search_results', 'other_event'
    ] loop
        v_partition := v_table || to_char(v_first, '_YYYY_MM');
        continue when to_regclass('data.' || v_partition) is not null;
        begin
            -- Created separately and then attached, which does not block readers and writers of other months.
            execute format('create table data.%I (like data.%I including all)', v_partition, v_table);
            execute format('alter table data.%I enable row level security', v_partition);
            execute format('alter table data.%I force row level security', v_partition);
            execute format(
                'alter table data.%I attach partition data.%I for values from (%L) to (%L)',
                v_table, v_partition, v_from, v_to
            );
        exception when check_violation then
            v_complete := false;
        end;
    end loop;
    return v_complete;
end
$$;
