-- Users with two or more sessions of the days p_from to p_to and no purchase from the midnight 7 days before until
-- p_recovery_hours after the midnight that ends the range, by recency, then key. A row is based on the last visit.
--
-- p_location_ids: only tasks of these branches (null: all, also those without one). p_status: null for open tasks and
-- the snoozed ones whose day has come, 'all', or one status. p_query: text found in any case in the customer or the
-- task (of its items: their ids and names).
-- total, total_value and the money that has no rate (unconverted: {currency: amount}) are on every row and cover every
-- page. Raises no_data_found for an unknown tenant.
create or replace function analytics.get_repeat_visit_tasks(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null, p_status text default null,
    p_query text default null, p_limit integer default 50, p_offset integer default 0, p_recovery_hours integer default 72
)
returns table (
    task_key text, location_id text, location_name text, user_id text, user_pseudo_id text,
    company text, email text, cell_phone text, office_phone text, value numeric, currency text,
    status text, note text, snooze_until date, last_activity_at timestamptz,
    session_id text, sessions bigint, page_views bigint, products_viewed bigint, top_products jsonb,
    total bigint, total_value numeric, unconverted_rows bigint, unconverted jsonb, unconverted_days date[]
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_zone text;
    v_currency text;
    v_today date;
    v_query text := lower(btrim(p_query));
    v_since timestamptz;
    v_until timestamptz;
begin
    select a.time_zone, upper(a.currency) into strict v_zone, v_currency
    from auth.tenant a where a.tenant_id = p_tenant_id;
    v_today := (now() at time zone v_zone)::date;
    v_since := auth.day_start(p_from - 7, v_zone);
    v_until := auth.day_start(p_to + 1, v_zone) + make_interval(hours => p_recovery_hours);
    return query
    -- Materialized, because it is small and the purchases are then checked only once.
    with matching as materialized (
        select x.task_key, x.last_ts as last_ts
        from analytics.session x
        where x.tenant_id = p_tenant_id and x.day between p_from and p_to
            and (p_location_ids is null or x.last_location_id = any(p_location_ids))
            and x.prev_day >= p_from and (x.next_day is null or x.next_day > p_to)
            and not exists (
                select 1 from analytics.buy b
                where b.tenant_id = p_tenant_id and b.u = x.u and b.event_ts >= v_since and b.event_ts < v_until
            )
            -- An anti-join, because the planner underestimates a filter on the status of a left join.
            and not exists (
                select 1 from analytics.tasks_left_out(p_tenant_id, 'repeat-visits', p_status, v_today) t
                where t.task_key = x.task_key
            )
            and (p_status is null or p_status in ('open', 'all') or exists (
                select 1 from analytics.task_status t
                where t.tenant_id = p_tenant_id and t.kind = 'repeat-visits' and t.task_key = x.task_key
            ))
            and (
                p_query is null
                or strpos(lower(x.u), v_query) > 0
                or exists (
                    select 1 from jsonb_array_elements(x.viewed) as i (item)
                    where strpos(lower(concat_ws(E'\n', i.item ->> 'item_id', i.item ->> 'item_name')), v_query) > 0
                )
                or exists (
                    select 1 from analytics.users_with_text(p_tenant_id, v_query) h where h.user_id = x.u
                )
            )
    ),
    totals as (
        select count(*) as total, 0::numeric as total_value, 0::bigint as unconverted_rows
        from matching m
    ),
    page as (
        select m.* from matching m
        order by m.last_ts desc, m.task_key
        limit p_limit offset p_offset
    )
    select p.task_key, x.last_location_id, coalesce(l.location_name, x.last_location_id),
        case when x.user_id is not null or x.u <> x.user_pseudo_id then x.u end, nullif(x.user_pseudo_id, ''),
        h.buying_company_name, h.email, h.cell_phone, h.office_phone, null::numeric, v_currency,
        coalesce(t.status, 'open'), t.note, t.snooze_until, x.last_ts,
        x.session_id, v.sessions, v.page_views, v.products_viewed, v.top_products,
        s.total, s.total_value, s.unconverted_rows,
        null::jsonb, '{}'::date[]
    from page p
    cross join totals s
    inner join analytics.session x on x.tenant_id = p_tenant_id and x.task_key = p.task_key
    cross join lateral analytics.visits_of_user(p_tenant_id, x.u, p_from, p_to) v
    left join analytics.task_status t
        on t.tenant_id = p_tenant_id and t.kind = 'repeat-visits' and t.task_key = p.task_key
    left join data.users h on h.tenant_id = p_tenant_id and h.user_id = x.u
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = x.last_location_id
    order by p.last_ts desc, p.task_key;
end
$$;
