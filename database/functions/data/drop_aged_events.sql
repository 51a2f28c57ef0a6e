-- Removes the oldest of a tenant's events from before a time, in all seven tables: about p_limit of each at most.
-- Returns what was removed, as data.remove_events does; nothing once nothing is left.
create or replace function data.drop_aged_events(p_tenant_id uuid, p_before timestamptz, p_limit integer)
returns table (
    event_table text, user_pseudo_id text, user_id text, event_count bigint, first_ts timestamptz, last_ts timestamptz
)
language plpgsql
as $$
declare
    v_table text;
    v_ts timestamptz;
    v_until timestamptz := p_before;
begin
    foreach v_table in array array[
        'page_view', 'view_item', 'add_to_cart', 'purchase', 'view_search_results', 'no_search_results', 'other_event'
    ] loop
        execute format(
            'select e.event_ts from data.%I e where e.tenant_id = $1 and e.event_ts < $2'
            ' order by e.event_ts, e.event_id offset $3 limit 1',
            v_table
        )
        into v_ts using p_tenant_id, v_until, p_limit;
        -- Includes that row's own time; otherwise more rows of one time than the limit would never be removed.
        v_until := least(v_until, v_ts + interval '1 microsecond');
    end loop;
    return query
    select r.event_table, r.user_pseudo_id, r.user_id, r.event_count, r.first_ts, r.last_ts
    from data.remove_events(p_tenant_id, '-infinity', v_until, 1::smallint, 5::smallint) r;
end
$$;
