-- Collects what the rows of the dirty sessions say about them. Each step is a table of its own with planner statistics:
-- with several steps in one, its guesses made the planner choose joins of everything with everything.
create or replace function analytics.refresh_session_facts()
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with counted as (
        select r.device, r.session_id, min(r.event_ts) as first_ts, max(r.event_ts) as last_ts,
            count(*) filter (where r.kind = 'page_view') as page_views, bool_or(r.kind = 'purchase') as bought
        from pg_temp.session_row r group by 1, 2
    ),
    -- Only rows at the first or last time of their session are sorted, which are few.
    edge as (
        select c.*, r.event_id, r.kind, r.user_id, r.location_id,
            row_number() over w = 1 as is_first, lead(r.event_id) over w is null as is_last
        from counted c
        inner join pg_temp.session_row r
            on r.device = c.device and r.session_id = c.session_id and r.event_ts in (c.first_ts, c.last_ts)
        window w as (partition by c.device, c.session_id order by r.event_ts, r.event_id)
    )
    insert into pg_temp.session_fact
    select e.device, e.session_id, min(e.first_ts), min(e.last_ts), min(e.page_views), bool_or(e.bought),
        (array_agg(e.event_id) filter (where e.is_first))[1],
        max(e.user_id) filter (where e.is_first), max(e.location_id) filter (where e.is_first),
        max(e.user_id) filter (where e.is_last), max(e.location_id) filter (where e.is_last),
        max(e.kind) filter (where e.is_first)
    from edge e group by 1, 2;
    perform analytics.analyze_working_table('session_fact');

    with product as (
        select r.device, r.session_id, coalesce(i.item ->> 'item_id', i.item ->> 'item_name') as item_id,
            max(i.item ->> 'item_name') as item_name, count(*) as views,
            (extract(epoch from min(r.event_ts)) * 1000000)::bigint as first_us
        from pg_temp.session_row r
        cross join lateral jsonb_array_elements(r.items) as i (item)
        where r.kind = 'view_item' and jsonb_typeof(r.items) = 'array'
        group by 1, 2, 3
    )
    insert into pg_temp.session_view
    select p.device, p.session_id, jsonb_agg(
        jsonb_build_object(
            'item_id', p.item_id, 'item_name', p.item_name, 'views', p.views, 'first_us', p.first_us
        ) order by p.first_us, p.item_id
    )
    from product p where p.item_id is not null group by 1, 2;
    perform analytics.analyze_working_table('session_view');
end
$$;
