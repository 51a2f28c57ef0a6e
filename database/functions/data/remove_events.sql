-- Removes a tenant's events of some roads from a span of time, in all seven tables. Returns what was removed: one row
-- per table, device and user.
create or replace function data.remove_events(
    p_tenant_id uuid, p_starts_at timestamptz, p_ends_at timestamptz, p_best_road smallint, p_worst_road smallint
) returns table (
    event_table text, user_pseudo_id text, user_id text, event_count bigint, first_ts timestamptz, last_ts timestamptz
)
language plpgsql
as $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'page_view', 'view_item', 'add_to_cart', 'purchase', 'view_search_results', 'no_search_results', 'other_event'
    ] loop
        return query execute format(
            $q$
            with removed as (
                delete from data.%1$I e
                where e.tenant_id = $1 and e.event_ts >= $2 and e.event_ts < $3 and e.road between $4 and $5
                returning e.user_pseudo_id, e.user_id, e.event_ts
            )
            select %1$L::text, r.user_pseudo_id, r.user_id, count(*), min(r.event_ts), max(r.event_ts)
            from removed r group by r.user_pseudo_id, r.user_id
            $q$,
            v_table
        )
        using p_tenant_id, p_starts_at, p_ends_at, p_best_road, p_worst_road;
    end loop;
end
$$;
