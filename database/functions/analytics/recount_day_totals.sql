-- What day_total should hold of the days p_from to p_to, counted straight from events: nothing that the refresh keeps or calls
-- is used. location_id '': the tenant, whose visitors are counted too. Carts are not counted here.
create or replace function analytics.recount_day_totals(p_tenant_id uuid, p_time_zone text, p_from date, p_to date)
returns table (
    location_id text, day date, events bigint, page_views bigint, add_to_carts bigint, searches bigint,
    failed_searches bigint, sessions bigint, bought_sessions bigint, purchases bigint, visitors bigint
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_from timestamptz := auth.day_start(p_from, p_time_zone);
    v_to timestamptz := auth.day_start(p_to + 1, p_time_zone);
begin
    return query
    with seen as materialized (
        select 'page_view' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.page_view e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'view_item' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.view_item e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'add_to_cart' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.add_to_cart e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'purchase' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.purchase e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'view_search_results' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.view_search_results e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'no_search_results' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.no_search_results e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
        union all
        select 'other_event' as kind, e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id, e.location_id
        from data.other_event e
        where e.tenant_id = p_tenant_id and e.event_ts >= v_from and e.event_ts < v_to
    ),
    device as materialized (
        select distinct s.user_pseudo_id as device from seen s where s.user_pseudo_id is not null
    ),
    -- Who alone was ever seen on a device has its anonymous rows.
    sole as materialized (
        select d.device, min(u.user_id) as user_id
        from device d
        cross join lateral (
            select e.user_id from data.page_view e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
            union
            select e.user_id from data.view_item e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
            union
            select e.user_id from data.add_to_cart e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
            union
            select e.user_id from data.purchase e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
            union
            select e.user_id from data.view_search_results e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
            union
            select e.user_id from data.no_search_results e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
            union
            select e.user_id from data.other_event e where e.tenant_id = p_tenant_id and e.user_pseudo_id = d.device
        ) u
        where u.user_id is not null
        group by d.device
        having count(*) = 1
    ),
    row_of as materialized (
        select s.kind, s.event_ts, s.event_id, s.user_pseudo_id as device, s.session_id,
            (s.event_ts at time zone p_time_zone)::date as day, coalesce(s.user_id, o.user_id, s.user_pseudo_id) as u,
            coalesce(s.location_id, h.location_id, '') as location_id
        from seen s
        left join sole o on o.device = s.user_pseudo_id
        left join data.users h
            on h.tenant_id = p_tenant_id and h.user_id = coalesce(s.user_id, o.user_id, s.user_pseudo_id)
    ),
    first_row as (
        select distinct on (r.device, r.session_id) r.device, r.session_id, r.day, r.location_id
        from row_of r
        where r.device is not null and r.session_id is not null
        order by r.device, r.session_id, r.event_ts, r.event_id
    ),
    begun as (
        select f.day, f.location_id,
            exists (
                select from data.purchase p
                where p.tenant_id = p_tenant_id and p.user_pseudo_id = f.device and p.session_id = f.session_id
            ) as bought
        from first_row f
        where
            true
            and not exists (
                select from data.page_view e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
            and not exists (
                select from data.view_item e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
            and not exists (
                select from data.add_to_cart e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
            and not exists (
                select from data.purchase e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
            and not exists (
                select from data.view_search_results e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
            and not exists (
                select from data.no_search_results e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
            and not exists (
                select from data.other_event e
                where
                    e.tenant_id = p_tenant_id and e.user_pseudo_id = f.device and e.session_id = f.session_id
                    and e.event_ts < v_from
            )
    ),
    sold as (
        select distinct on (p.transaction_id) p.transaction_id, p.event_ts, p.event_id
        from data.purchase p
        where
            p.tenant_id = p_tenant_id
            and p.transaction_id in (
                select b.transaction_id from data.purchase b
                where b.tenant_id = p_tenant_id and b.event_ts >= v_from and b.event_ts < v_to
            )
        order by p.transaction_id, p.event_ts, p.event_id
    ),
    counted as (
        select r.day, case when grouping(r.location_id) = 1 then '' else r.location_id end as location_id,
            count(*) as events, count(*) filter (where r.kind = 'page_view') as page_views,
            count(*) filter (where r.kind = 'add_to_cart') as add_to_carts,
            count(*) filter (where r.kind in ('view_search_results', 'no_search_results')) as searches,
            count(*) filter (where r.kind = 'no_search_results') as failed_searches,
            case when grouping(r.location_id) = 1 then count(distinct r.u) else 0 end as visitors
        from row_of r
        group by grouping sets ((r.day), (r.day, r.location_id))
        having grouping(r.location_id) = 1 or r.location_id <> ''
    ),
    visited as (
        select b.day, case when grouping(b.location_id) = 1 then '' else b.location_id end as location_id,
            count(*) as sessions, count(*) filter (where b.bought) as bought_sessions
        from begun b
        group by grouping sets ((b.day), (b.day, b.location_id))
        having grouping(b.location_id) = 1 or b.location_id <> ''
    ),
    bought as (
        select r.day, case when grouping(r.location_id) = 1 then '' else r.location_id end as location_id,
            count(*) as purchases
        from sold s
        inner join row_of r on r.kind = 'purchase' and r.event_ts = s.event_ts and r.event_id = s.event_id
        group by grouping sets ((r.day), (r.day, r.location_id))
        having grouping(r.location_id) = 1 or r.location_id <> ''
    )
    select c.location_id, c.day, c.events, c.page_views, c.add_to_carts, c.searches, c.failed_searches,
        coalesce(v.sessions, 0), coalesce(v.bought_sessions, 0), coalesce(b.purchases, 0), c.visitors
    from counted c
    left join visited v on v.day = c.day and v.location_id = c.location_id
    left join bought b on b.day = c.day and b.location_id = c.location_id;
end
$$;
