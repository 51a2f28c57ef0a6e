-- Computes the searches of the dirty sessions again. A term that begins the session's next term was typed ahead: its
-- row counts as a row of that next term, and so on down the chain.
create or replace function analytics.refresh_searches(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with gone as (
        delete from analytics.session_search s
        using pg_temp.dirty_session x
        where s.tenant_id = p_tenant_id and s.user_pseudo_id = x.device and s.session_id = x.session_id
        returning s.day
    )
    insert into pg_temp.changed_day select distinct g.day from gone g;

    with followed as (
        select r.*, lead(r.search_term) over w as next_term
        from pg_temp.session_row r
        where r.kind in ('view_search_results', 'no_search_results') and r.search_term is not null
        window w as (partition by r.device, r.session_id order by r.event_ts, r.event_id)
    ),
    chained as (
        -- A chain is identified by the number of complete terms from here to the end.
        select f.*, count(*) filter (where f.next_term is null or not starts_with(f.next_term, f.search_term)) over w as chain
        from followed f
        window w as (partition by f.device, f.session_id order by f.event_ts desc, f.event_id desc)
    ),
    folded as (
        select c.*, first_value(c.search_term) over w as term
        from chained c
        window w as (partition by c.device, c.session_id, c.chain order by c.event_ts desc, c.event_id desc)
    ),
    first_row as (
        select distinct on (f.device, f.session_id, f.term)
            f.device, f.session_id, f.term, f.event_ts, f.user_id, f.location_id,
            coalesce(f.user_id, o.user_id, f.device) as u
        from folded f
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = f.device
        order by f.device, f.session_id, f.term, f.event_ts, f.event_id
    ),
    counted as (
        select f.device, f.session_id, f.term, count(*) as searches, max(f.event_ts) as last_ts,
            count(*) filter (where f.kind = 'no_search_results') as no_result_searches
        from folded f group by 1, 2, 3
    ),
    happened as (
        select r.device, r.session_id, max(r.event_ts) filter (where r.kind = 'purchase') as bought_ts,
            max(r.event_ts) filter (where r.kind in ('view_item', 'add_to_cart')) as engaged_ts
        from pg_temp.session_row r where r.kind in ('purchase', 'view_item', 'add_to_cart') group by 1, 2
    ),
    added as (
        insert into analytics.session_search (
            tenant_id, user_pseudo_id, session_id, search_term, day, first_ts, last_ts, user_id, u, row_location_id,
            location_id, searches, no_result_searches, outcome, task_key
        )
        select p_tenant_id, f.device, f.session_id, f.term, (f.event_ts at time zone p_time_zone)::date, f.event_ts,
            c.last_ts, f.user_id, f.u, f.location_id, coalesce(f.location_id, h.location_id),
            c.searches, c.no_result_searches,
            case
                when c.no_result_searches > 0 then 'no_results'
                when x.bought_ts >= f.event_ts then 'converted'
                when x.engaged_ts >= f.event_ts then 'engaged'
                else 'unsuccessful'
            end,
            analytics.task_key(array['search-analysis', f.device, f.session_id, f.term])
        from first_row f
        inner join counted c on c.device = f.device and c.session_id = f.session_id and c.term = f.term
        left join happened x on x.device = f.device and x.session_id = f.session_id
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = f.u
        returning day
    )
    insert into pg_temp.changed_day select distinct a.day from added a;
end
$$;
