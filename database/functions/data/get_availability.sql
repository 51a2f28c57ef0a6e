-- Rows of each event table by calendar day of a time zone, for the days that have any.
create or replace function data.get_availability(p_tenant_id uuid, p_time_zone text)
returns table (event_table text, day date, event_count bigint, last_ts timestamptz)
language plpgsql
stable
as $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'page_view', 'view_item', 'add_to_cart', 'purchase', 'view_search_results', 'no_search_results', 'other_event'
    ] loop
        return query execute format(
            'select %1$L::text, (e.event_ts at time zone $2)::date as day, count(*), max(e.event_ts)'
            ' from data.%1$I e where e.tenant_id = $1 group by day',
            v_table
        )
        using p_tenant_id, p_time_zone;
    end loop;
end
$$;
