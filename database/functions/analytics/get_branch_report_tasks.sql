-- Every task of the report of day p_day, of all branches: one row per task, by branch, user, kind and key. Purchases
-- and no_results searches of the day; carts whose last open line is on it, idle for 60 minutes at p_sent_at and without
-- a purchase until then; repeat visits over p_day-13 to p_day with a session on p_day. Purchases later than p_sent_at
-- never count, so that a report seen again shows the same. Tasks without a branch are left out. Tasks of every status
-- are included; the sender chooses.
--
-- Columns: location_id, location_name · kind (purchases, cart-abandonment, search-analysis, repeat-visits), task_key · u:
-- the customer, one block each; user_id: null while anonymous; user_pseudo_id: the device
-- company, email, cell_phone, office_phone: null if unknown · value, currency: null for searches and repeat visits,
-- value also if the money has no rate · status, note, snooze_until · first_activity_at, last_activity_at: instants
-- items: [{item_id, item_name, quantity, price, value}] of carts and purchases · transaction_id, session_id
-- search_term, searches, no_result_searches · sessions, page_views, products_viewed, top_products ([{item_id,
-- item_name, views}], five at most), visit_days (tenant days of the 14) · last_order_at, last_order_value,
-- last_order_currency: the customer's order before last_activity_at, null if there was none
create or replace function analytics.get_branch_report_tasks(p_tenant_id uuid, p_day date, p_sent_at timestamptz)
returns table (
    location_id text, location_name text, kind text, task_key text, u text, user_id text, user_pseudo_id text,
    company text, email text, cell_phone text, office_phone text, value numeric, currency text,
    status text, note text, snooze_until date, first_activity_at timestamptz, last_activity_at timestamptz,
    items jsonb, transaction_id text, session_id text, search_term text, searches integer, no_result_searches integer,
    sessions bigint, page_views bigint, products_viewed bigint, top_products jsonb, visit_days date[],
    last_order_at timestamptz, last_order_value numeric, last_order_currency text
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_zone text;
    v_currency text;
    v_since timestamptz;
    v_until timestamptz;
begin
    select a.time_zone, upper(a.currency) into strict v_zone, v_currency
    from auth.tenant a where a.tenant_id = p_tenant_id;
    v_since := auth.day_start(p_day - 20, v_zone);
    v_until := least(auth.day_start(p_day + 1, v_zone) + interval '72 hours', p_sent_at);
    return query
    with task as (
        select s.location_id, 'purchases' as kind, s.task_key, s.u, s.user_id, s.user_pseudo_id, s.value,
            case when s.value is null then s.currency else v_currency end as currency, s.event_ts as first_ts, s.event_ts as last_ts, s.items, s.transaction_id, null::text as session_id,
            null::text as search_term, null::integer as searches, null::integer as no_result_searches,
            false as is_repeat
        from analytics.sale s
        where s.tenant_id = p_tenant_id and s.day = p_day and s.location_id is not null
        union all
        select k.location_id, 'cart-abandonment', k.task_key, k.u, k.user_id, k.user_pseudo_id, k.value, v_currency,
            k.last_ts, k.last_ts, k.items, null, k.session_id, null, null, null, false
        from analytics.open_cart k
        where k.tenant_id = p_tenant_id and k.day = p_day and k.location_id is not null
            and k.last_ts <= p_sent_at - interval '60 minutes'
            and (k.next_buy_ts is null or k.next_buy_ts > p_sent_at)
        union all
        select q.location_id, 'search-analysis', q.task_key, q.u, q.user_id, q.user_pseudo_id, null, null,
            q.first_ts, q.last_ts, null, null, q.session_id, q.search_term, q.searches, q.no_result_searches, false
        from analytics.session_search q
        where q.tenant_id = p_tenant_id and q.day = p_day and q.location_id is not null and q.outcome = 'no_results'
        union all
        -- The user's last visit is on the day itself; visits on later days do not matter.
        select v.last_location_id, 'repeat-visits', v.task_key, v.u, v.user_id, v.user_pseudo_id, null, null,
            v.first_ts, v.last_ts, null, null, v.session_id, null, null, null, true
        from analytics.session v
        where v.tenant_id = p_tenant_id and v.day = p_day and v.last_location_id is not null
            and v.prev_day >= p_day - 13 and (v.next_day is null or v.next_day > p_day)
            and not exists (
                select 1 from analytics.buy b
                where b.tenant_id = p_tenant_id and b.u = v.u and b.event_ts >= v_since and b.event_ts < v_until
            )
    )
    select t.location_id, coalesce(l.location_name, t.location_id), t.kind, t.task_key, t.u,
        case when t.user_id is not null or t.u <> t.user_pseudo_id then t.u end, nullif(t.user_pseudo_id, ''),
        h.buying_company_name, h.email, h.cell_phone, h.office_phone, t.value, t.currency,
        coalesce(w.status, 'open'), w.note, w.snooze_until, t.first_ts, t.last_ts,
        t.items, t.transaction_id, t.session_id, t.search_term, t.searches, t.no_result_searches,
        r.sessions, r.page_views, r.products_viewed, r.top_products, r.visit_days,
        o.event_ts, coalesce(o.value, round(o.amount, 2)),
        case when o.value is null then o.currency else v_currency end
    from task t
    left join lateral analytics.visits_of_user(p_tenant_id, t.u, p_day - 13, p_day) r on t.is_repeat
    left join lateral (
        select s.event_ts, s.transaction_id, s.value, s.amount, s.currency from analytics.sale s
        where s.tenant_id = p_tenant_id and s.u = t.u and s.event_ts < t.last_ts
        union all
        -- A rep is also told of their customer's order at another branch.
        select e.event_ts, e.transaction_id, e.value, e.amount, e.currency
        from analytics.last_order_elsewhere(p_tenant_id, t.u, t.last_ts) e
        where current_setting('app.branch_codes', true) <> ''
        order by event_ts desc, transaction_id limit 1
    ) o on true
    left join analytics.task_status w
        on w.tenant_id = p_tenant_id and w.kind = t.kind and w.task_key = t.task_key
    left join data.users h on h.tenant_id = p_tenant_id and h.user_id = t.u
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = t.location_id
    order by t.location_id, t.u, t.kind, t.task_key;
end
$$;
