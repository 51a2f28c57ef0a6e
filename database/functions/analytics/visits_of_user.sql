-- What a user did in the sessions of the days p_from to p_to, and the five products viewed most: equals by first view.
-- Sessions at every branch count, also for a rep, whose own customers these are.
create or replace function analytics.visits_of_user(p_tenant_id uuid, p_u text, p_from date, p_to date)
returns table (sessions bigint, page_views bigint, products_viewed bigint, top_products jsonb, visit_days date[])
language sql stable
as $$
    with visit as (
        select s.page_views, s.day, s.viewed
        from analytics.session s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.day between p_from and p_to
        union all
        select e.page_views, e.day, e.viewed
        from analytics.sessions_elsewhere(p_tenant_id, p_u, p_from, p_to) e
        where current_setting('app.branch_codes', true) <> ''
    ),
    product as (
        select i.item ->> 'item_id' as item_id, max(i.item ->> 'item_name') as item_name,
            sum((i.item ->> 'views')::bigint) as views,
            row_number() over (
                order by
                    sum((i.item ->> 'views')::bigint) desc, min((i.item ->> 'first_us')::bigint), i.item ->> 'item_id'
            ) as place
        from visit v cross join lateral jsonb_array_elements(v.viewed) as i (item)
        group by 1
    )
    select count(*), coalesce(sum(v.page_views), 0)::bigint, (select count(*) from product p),
        (
            select coalesce(jsonb_agg(
                jsonb_build_object('item_id', p.item_id, 'item_name', p.item_name, 'views', p.views) order by p.place
            ), '[]') from product p where p.place <= 5
        ),
        array_agg(distinct v.day order by v.day)
    from visit v
$$;
