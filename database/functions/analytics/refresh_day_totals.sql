-- Adds up the changed days again, for the tenant and for each of its locations. Carts are those without a purchase
-- within 72 hours, as the statistics count them. Users of a location's day are counted here; those of the tenant's, for
-- which more is stored, refresh_visitor_arrays counts.
create or replace function analytics.refresh_day_totals(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with once as (
        delete from pg_temp.changed_day returning day
    ),
    known as (
        select distinct o.day, o.day < r.events_from as has_left
        from once o left join data.retention r on r.tenant_id = p_tenant_id
    ),
    -- Totals of days whose events were removed by retention stay as they are. Rows of single visits were removed, which
    -- other answers must be told of.
    gone as (
        insert into pg_temp.changed_traffic select k.day from known k where k.has_left
    )
    insert into pg_temp.changed_day select k.day from known k where k.has_left is not true;
    perform analytics.analyze_working_table('changed_day');

    delete from analytics.day_total t
    using pg_temp.changed_day c
    where t.tenant_id = p_tenant_id and t.day = c.day;

    with visits as (
        select v.day, case when grouping(v.location_id) = 1 then '' else v.location_id end as location_id,
            sum(v.events) as events, sum(v.page_views) as page_views, sum(v.add_to_carts) as add_to_carts,
            sum(v.searches) as searches, sum(v.failed_searches) as failed_searches, max(v.last_ts) as last_ts
        from pg_temp.changed_day c
        inner join analytics.visit_day v on v.tenant_id = p_tenant_id and v.day = c.day
        group by grouping sets ((v.day), (v.day, v.location_id))
        having grouping(v.location_id) = 1 or v.location_id <> ''
    ),
    visits_begun as (
        select s.day, case when grouping(s.location_id) = 1 then '' else s.location_id end as location_id,
            count(*) as sessions, count(*) filter (where s.bought) as bought_sessions
        from pg_temp.changed_day c
        inner join analytics.session s on s.tenant_id = p_tenant_id and s.day = c.day
        group by grouping sets ((s.day), (s.day, s.location_id))
        having grouping(s.location_id) = 1 or s.location_id is not null
    ),
    users_there as (
        select x.day, x.location_id, count(*)::integer as users
        from (
            select distinct v.day, v.location_id, v.u
            from pg_temp.changed_day c
            inner join analytics.visit_day v on v.tenant_id = p_tenant_id and v.day = c.day
            where v.location_id <> '' and v.u is not null
        ) x
        group by 1, 2
    ),
    back_there as (
        select x.day, x.location_id, count(*)::integer as users
        from (
            select s.day, s.location_id
            from pg_temp.changed_day c
            inner join analytics.session s on s.tenant_id = p_tenant_id and s.day = c.day
            where s.location_id is not null and (s.prev_day = s.day or s.next_day = s.day)
            group by s.day, s.location_id, s.u
            having count(*) >= 2
        ) x
        group by 1, 2
    ),
    sold as (
        select s.day, case when grouping(s.location_id) = 1 then '' else s.location_id end as location_id,
            count(*) as purchases, sum(s.amount * coalesce(s.rate, 1)) filter (where s.value is not null) as revenue,
            count(*) filter (where s.value is null) as foreign_rows
        from pg_temp.changed_day c
        inner join analytics.sale s on s.tenant_id = p_tenant_id and s.day = c.day
        group by grouping sets ((s.day), (s.day, s.location_id))
        having grouping(s.location_id) = 1 or s.location_id is not null
    ),
    abandoned as (
        select k.day, case when grouping(k.location_id) = 1 then '' else k.location_id end as location_id,
            count(*) as carts, sum(k.value) as value, sum(k.foreign_rows) as foreign_rows
        from pg_temp.changed_day c
        inner join analytics.open_cart k on k.tenant_id = p_tenant_id and k.day = c.day
        where k.next_buy_ts is null or k.next_buy_ts > k.last_ts + interval '72 hours'
        group by grouping sets ((k.day), (k.day, k.location_id))
        having grouping(k.location_id) = 1 or k.location_id is not null
    )
    insert into analytics.day_total (
        tenant_id, location_id, day, events, page_views, add_to_carts, searches, failed_searches,
        sessions, bought_sessions, purchases, revenue, abandoned_carts, abandoned_value, foreign_rows, last_ts, fresh, second
    )
    select p_tenant_id, v.location_id, v.day, v.events, v.page_views, v.add_to_carts, v.searches, v.failed_searches,
        coalesce(b.sessions, 0), coalesce(b.bought_sessions, 0), coalesce(s.purchases, 0), coalesce(s.revenue, 0),
        coalesce(a.carts, 0), coalesce(a.value, 0), coalesce(s.foreign_rows, 0) + coalesce(a.foreign_rows, 0),
        v.last_ts, case when v.location_id <> '' then array[coalesce(u.users, 0)] end,
        case when v.location_id <> '' then array[coalesce(r.users, 0)] end
    from visits v
    left join users_there u on u.day = v.day and u.location_id = v.location_id
    left join back_there r on r.day = v.day and r.location_id = v.location_id
    left join visits_begun b on b.day = v.day and b.location_id = v.location_id
    left join sold s on s.day = v.day and s.location_id = v.location_id
    left join abandoned a on a.day = v.day and a.location_id = v.location_id;

    perform analytics.refresh_foreign_totals(p_tenant_id);
    perform analytics.refresh_visitor_arrays(p_tenant_id);
end
$$;
