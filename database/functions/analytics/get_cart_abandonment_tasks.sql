-- Sessions whose open cart is of the days p_from to p_to and whose user has not bought within p_recovery_hours after
-- its last line, by value, then recency, then key.
--
-- p_location_ids: only tasks of these branches (null: all, also those without one). p_status: null for open tasks and
-- the snoozed ones whose day has come, 'all', or one status. p_query: text found in any case in the customer or the
-- task (of its items: their ids and names).
-- Money is in the tenant's currency, at the rates of the cart's day; lines whose currency has no rate have no value.
-- total, total_value and the money that has no rate (unconverted: {currency: amount}, and its days) are on every row
-- and cover every page. Raises no_data_found for an unknown tenant.
create or replace function analytics.get_cart_abandonment_tasks(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null, p_status text default null,
    p_query text default null, p_limit integer default 50, p_offset integer default 0, p_recovery_hours integer default 72
)
returns table (
    task_key text, location_id text, location_name text, user_id text, user_pseudo_id text,
    company text, email text, cell_phone text, office_phone text, value numeric, currency text,
    status text, note text, snooze_until date, last_activity_at timestamptz,
    session_id text, items jsonb,
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
    v_recovery interval := make_interval(hours => p_recovery_hours);
begin
    select a.time_zone, upper(a.currency) into strict v_zone, v_currency
    from auth.tenant a where a.tenant_id = p_tenant_id;
    v_today := (now() at time zone v_zone)::date;
    return query
    -- Reading a few columns twice from a covering index is cheaper than materializing every match of a long range.
    with matching as not materialized (
        select x.task_key, x.last_ts as last_ts, x.value, x.foreign_rows
        from analytics.open_cart x
        where x.tenant_id = p_tenant_id and x.day between p_from and p_to
            and (p_location_ids is null or x.location_id = any(p_location_ids))
            and (x.next_buy_ts is null or x.next_buy_ts > x.last_ts + v_recovery)
            -- An anti-join, because the planner underestimates a filter on the status of a left join.
            and not exists (
                select 1 from analytics.tasks_left_out(p_tenant_id, 'cart-abandonment', p_status, v_today) t
                where t.task_key = x.task_key
            )
            and (p_status is null or p_status in ('open', 'all') or exists (
                select 1 from analytics.task_status t
                where t.tenant_id = p_tenant_id and t.kind = 'cart-abandonment' and t.task_key = x.task_key
            ))
            and (
                p_query is null
                or strpos(lower(x.u), v_query) > 0
                or exists (
                    select 1 from jsonb_array_elements(x.items) as i (item)
                    where strpos(lower(concat_ws(E'\n', i.item ->> 'item_id', i.item ->> 'item_name')), v_query) > 0
                )
                or exists (
                    select 1 from analytics.users_with_text(p_tenant_id, v_query) h where h.user_id = x.u
                )
            )
    ),
    totals as (
        select count(*) as total, coalesce(sum(m.value), 0) as total_value, coalesce(sum(m.foreign_rows), 0)::bigint as unconverted_rows
        from matching m
    ),
    page as (
        select m.* from matching m
        order by m.value desc nulls last, m.last_ts desc, m.task_key
        limit p_limit offset p_offset
    )
    select p.task_key, x.location_id, coalesce(l.location_name, x.location_id),
        case when x.user_id is not null or x.u <> x.user_pseudo_id then x.u end, nullif(x.user_pseudo_id, ''),
        h.buying_company_name, h.email, h.cell_phone, h.office_phone, x.value, v_currency,
        coalesce(t.status, 'open'), t.note, t.snooze_until, x.last_ts,
        x.session_id, x.items,
        s.total, s.total_value, s.unconverted_rows,
        case when s.unconverted_rows > 0 then (
            select jsonb_object_agg(f.currency, f.amount) from (
                select a.key as currency, round(sum(a.value::numeric), 2) as amount
                from matching m
                inner join analytics.open_cart y on y.tenant_id = p_tenant_id and y.task_key = m.task_key
                cross join lateral jsonb_each_text(y.foreign_amounts) as a (key, value)
                where m.foreign_rows > 0
                group by 1
            ) f
        ) end,
        case when s.unconverted_rows > 0 then array(
            select distinct y.day
            from matching m
            inner join analytics.open_cart y on y.tenant_id = p_tenant_id and y.task_key = m.task_key
            where m.foreign_rows > 0
            order by 1
        ) else '{}' end
    from page p
    cross join totals s
    inner join analytics.open_cart x on x.tenant_id = p_tenant_id and x.task_key = p.task_key
    left join analytics.task_status t
        on t.tenant_id = p_tenant_id and t.kind = 'cart-abandonment' and t.task_key = p.task_key
    left join data.users h on h.tenant_id = p_tenant_id and h.user_id = x.u
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = x.location_id
    order by p.value desc nulls last, p.last_ts desc, p.task_key;
end
$$;
