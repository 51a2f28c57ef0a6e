-- Searches of the days p_from to p_to, one row per session and term, by recency, then key; those that led to a purchase
-- only with p_include_converted.
--
-- p_location_ids: only tasks of these branches (null: all, also those without one). p_status: null for open tasks and
-- the snoozed ones whose day has come, 'all', or one status. p_query: text found in any case in the customer or the
-- task. total, total_value and the money that has no rate (unconverted: {currency: amount}) are on every row and cover
-- every page. Raises no_data_found for an unknown tenant.
create or replace function analytics.get_search_analysis_tasks(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null, p_status text default null,
    p_query text default null, p_limit integer default 50, p_offset integer default 0, p_include_converted boolean default false
)
returns table (
    task_key text, location_id text, location_name text, user_id text, user_pseudo_id text,
    company text, email text, cell_phone text, office_phone text, value numeric, currency text,
    status text, note text, snooze_until date, last_activity_at timestamptz,
    session_id text, search_term text, searches integer, no_result_searches integer, outcome text,
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
begin
    select a.time_zone, upper(a.currency) into strict v_zone, v_currency
    from auth.tenant a where a.tenant_id = p_tenant_id;
    v_today := (now() at time zone v_zone)::date;
    return query
    -- Reading a few columns twice from a covering index is cheaper than materializing every match of a long range.
    with matching as not materialized (
        select x.task_key, x.last_ts as last_ts, x.day
        from analytics.session_search x
        where x.tenant_id = p_tenant_id and x.day between p_from and p_to
            and (p_location_ids is null or x.location_id = any(p_location_ids))
            and (p_include_converted or x.outcome <> 'converted')
            -- An anti-join, because the planner underestimates a filter on the status of a left join.
            and not exists (
                select 1 from analytics.tasks_left_out(p_tenant_id, 'search-analysis', p_status, v_today) t
                where t.task_key = x.task_key
            )
            and (p_status is null or p_status in ('open', 'all') or exists (
                select 1 from analytics.task_status t
                where t.tenant_id = p_tenant_id and t.kind = 'search-analysis' and t.task_key = x.task_key
            ))
            and (
                p_query is null
                or strpos(lower(concat_ws(' ', x.u, x.search_term)), v_query) > 0
                or exists (
                    select 1 from analytics.users_with_text(p_tenant_id, v_query) h where h.user_id = x.u
                )
            )
    ),
    totals as (
        select count(*) as total, 0::numeric as total_value, 0::bigint as unconverted_rows
        from matching m
    ),
    -- The latest days, at the end of the index, contain as many tasks as the page needs. No task on the page is older
    -- than all of these, so few rows of a long range are sorted. This is only for lists of nearly all rows: if few
    -- match, finding that many takes longer than sorting the few.
    recent as (
        select m.last_ts from matching m order by m.day desc limit p_limit::bigint + p_offset
    ),
    page as (
        select m.* from matching m
        where p_query is not null or p_location_ids is not null or coalesce(p_status, 'open') not in ('open', 'all')
            or m.last_ts >= (select min(r.last_ts) from recent r)
        order by m.last_ts desc, m.task_key
        limit p_limit offset p_offset
    )
    select p.task_key, x.location_id, coalesce(l.location_name, x.location_id),
        case when x.user_id is not null or x.u <> x.user_pseudo_id then x.u end, nullif(x.user_pseudo_id, ''),
        h.buying_company_name, h.email, h.cell_phone, h.office_phone, null::numeric, v_currency,
        coalesce(t.status, 'open'), t.note, t.snooze_until, x.last_ts,
        x.session_id, x.search_term, x.searches, x.no_result_searches, x.outcome,
        s.total, s.total_value, s.unconverted_rows,
        null::jsonb, '{}'::date[]
    from page p
    cross join totals s
    inner join analytics.session_search x on x.tenant_id = p_tenant_id and x.task_key = p.task_key
    left join analytics.task_status t
        on t.tenant_id = p_tenant_id and t.kind = 'search-analysis' and t.task_key = p.task_key
    left join data.users h on h.tenant_id = p_tenant_id and h.user_id = x.u
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = x.location_id
    order by p.last_ts desc, p.task_key;
end
$$;
