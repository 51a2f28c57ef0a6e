-- Removes the events of a span that one road and source brought earlier and that are not in the staging table: they
-- were restated or are gone. Called after the span's events were staged, in their transaction. Returns one row per
-- table, device and user of what was removed.
create or replace function data.drop_unstaged_events(
    p_tenant_id uuid, p_road smallint, p_property text, p_from timestamptz, p_to timestamptz
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
            with gone as (
                delete from data.%1$I e
                where
                    e.tenant_id = $1 and e.event_ts >= $4 and e.event_ts < $5 and e.road = $2
                    and e.extra ->> 'ga4_property' = $3
                    and not exists (
                        select from pg_temp.staged_event s
                        where
                            s.event_id = e.event_id
                            and timestamptz '1970-01-01 00:00:00+00' + s.event_us * interval '1 microsecond' = e.event_ts
                    )
                returning e.user_pseudo_id, e.user_id, e.event_ts
            )
            select %1$L::text, g.user_pseudo_id, g.user_id, count(*), min(g.event_ts), max(g.event_ts)
            from gone g group by g.user_pseudo_id, g.user_id
            $q$,
            v_table
        )
        using p_tenant_id, p_road, p_property, p_from, p_to;
    end loop;
end
$$;
