-- What the named event's row says beside its columns. p_lo and p_hi only prune partitions, when the query is planned.
-- Written as one plain SELECT so that the planner can inline it.
create or replace function analytics.event_told(
    p_tenant_id uuid, p_kind text, p_event_ts timestamptz, p_event_id uuid, p_lo timestamptz, p_hi timestamptz
)
returns table (page_location text, extra jsonb, road smallint)
language sql stable
as $$
    select e.page_location, e.extra, e.road
    from data.page_view e
    where p_kind = 'page_view' and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts and e.event_id = p_event_id
        and e.event_ts between p_lo and p_hi
    union all
    select e.page_location, e.extra, e.road
    from data.view_item e
    where p_kind = 'view_item' and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts and e.event_id = p_event_id
        and e.event_ts between p_lo and p_hi
    union all
    select e.page_location, e.extra, e.road
    from data.add_to_cart e
    where p_kind = 'add_to_cart' and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts and e.event_id = p_event_id
        and e.event_ts between p_lo and p_hi
    union all
    select e.page_location, e.extra, e.road
    from data.purchase e
    where p_kind = 'purchase' and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts and e.event_id = p_event_id
        and e.event_ts between p_lo and p_hi
    union all
    select e.page_location, e.extra, e.road
    from data.view_search_results e
    where p_kind = 'view_search_results' and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts
        and e.event_id = p_event_id and e.event_ts between p_lo and p_hi
    union all
    select e.page_location, e.extra, e.road
    from data.no_search_results e
    where p_kind = 'no_search_results' and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts
        and e.event_id = p_event_id and e.event_ts between p_lo and p_hi
    union all
    select e.page_location, e.extra, e.road
    from data.other_event e
    where p_kind in ('remove_from_cart', 'refund', 'other') and e.tenant_id = p_tenant_id and e.event_ts = p_event_ts
        and e.event_id = p_event_id and e.event_ts between p_lo and p_hi
$$;
