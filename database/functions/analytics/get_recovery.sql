-- Closed loop: which follow-ups of the days p_from to p_to were followed by a purchase, and what it was worth.
--
-- A follow-up is a cart, search or repeat-visit task that was emailed (its delivery is sent, written or unknown) or
-- worked (its status was once more than open). It counts from the earlier of the two moments: when its first email was
-- handed over, or when it was first worked; that moment's day is its day. Its branch is that of the email, else that of
-- the task when it was worked; its rep is who first worked it, else whose email was first (of several at the same
-- moment: by address). So each follow-up has one day, one branch and one rep, and all add up.
--
-- It is recovered when the same U, as U is today, has a purchase row, any one, in (m, m + 336 hours] after its moment m.
-- A purchase row counts once: for the latest such task of U, wherever that task lies (of several at one moment, as in
-- one email, for the one with the latest activity, then kind, then key). Revenue is the value of the transactions whose
-- earliest purchase row of all time counts here; a repeated row recovers and brings no money again. Of what has no rate,
-- value is null: unconverted ({currency: amount}) says what is in no sum.
--
-- One row a group: grouped_by is total (always one row), branch (location_id null: worked, and of none), rep, reason
-- (kind) or day. Only groups that have tasks. p_location_ids: only tasks of these branches (null: all).
--
-- Runs as the owner, who stands behind the tenants' fence but not behind the branches': whether a purchase counts for an
-- own task hangs on the customer's other tasks and orders, wherever they lie. Who is held to branches is told of the
-- own ones only. Raises no_data_found for an unknown tenant.
create or replace function analytics.get_recovery(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null
)
returns table (
    grouped_by text, location_id text, location_name text, rep text, rep_name text, kind text, day date,
    tasks bigint, recovered bigint, revenue numeric, unconverted_rows bigint, unconverted jsonb,
    unconverted_days date[]
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_branches text[] := analytics.readable_branches();
    v_zone text;
    v_since timestamptz;
    v_until timestamptz;
    v_window interval := interval '336 hours';
begin
    select a.time_zone into strict v_zone from auth.tenant a where a.tenant_id = p_tenant_id;
    v_since := auth.day_start(p_from, v_zone);
    v_until := auth.day_start(p_to + 1, v_zone);
    return query
    with delivery as materialized (
        -- From a day before, since what was told again within a day is still marked as first; and as long after as
        -- purchases are looked for, since a later task may claim one.
        select d.delivery_id, d.created_at as at, (d.created_at at time zone v_zone)::date as day,
            d.branch_code as location_id, lower(d.sales_rep_email) as rep
        from email.delivery d
        where d.tenant_id = p_tenant_id and d.status in ('sent', 'written', 'unknown')
            and d.created_at >= v_since - interval '24 hours' and d.created_at < v_until + v_window
    ),
    first_told as (
        select distinct on (r.task_key) r.kind, r.task_key, d.at, d.day, d.location_id, d.rep, r.user_id,
            r.last_activity_at, r.user_pseudo_id as device,
            -- (Of who is known, no device is looked up. A plain column from here on: under a policy, what is computed
            -- finds no index.)
            case when r.user_id is null then r.user_pseudo_id end as lone_device
        from delivery d
        inner join email.report_task r on r.tenant_id = p_tenant_id and r.delivery_id = d.delivery_id
        where r.kind <> 'purchases' and r.is_first and not r.is_held_out
        order by r.task_key, d.at, d.rep
    ),
    -- U as it is today: a later sign-in may have told whose the device is.
    emailed as (
        select e.*, coalesce(e.user_id, o.user_id, e.device) as u
        from first_told e
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = e.lone_device
    ),
    worked as (
        select w.kind, w.task_key, w.first_worked_at as at, w.location_id, lower(w.first_worked_by) as rep,
            w.last_activity_at, coalesce(w.user_id, o.user_id, w.user_pseudo_id) as u
        from analytics.task_status w
        left join analytics.device_user o
            on o.tenant_id = p_tenant_id and o.user_pseudo_id = w.user_pseudo_id and w.user_id is null
        where w.tenant_id = p_tenant_id and w.kind <> 'purchases' and w.first_worked_at >= v_since - interval '24 hours'
    ),
    follow_up as materialized (
        select coalesce(e.kind, w.kind) as kind, coalesce(e.task_key, w.task_key) as task_key, least(e.at, w.at) as at,
            case when e.at <= w.at or w.at is null then e.day else (w.at at time zone v_zone)::date end as day,
            case when e.at <= w.at or w.at is null then e.location_id else w.location_id end as location_id,
            coalesce(w.rep, e.rep) as rep, coalesce(e.last_activity_at, w.last_activity_at) as last_activity_at,
            coalesce(e.u, w.u) as u
        from emailed e
        full join worked w on w.task_key = e.task_key
        where least(e.at, w.at) >= v_since and least(e.at, w.at) < v_until + v_window
            and (e.kind is not null or not analytics.was_emailed_before(p_tenant_id, w.kind, w.task_key, w.at))
    ),
    claimed as (
        select distinct on (b.event_ts, b.event_id) b.event_ts, b.event_id, b.transaction_id,
            f.kind, f.task_key, f.at, f.day, f.location_id, f.rep
        from analytics.buy b
        inner join follow_up f on f.u = b.u and b.event_ts > f.at and b.event_ts <= f.at + v_window
        where b.tenant_id = p_tenant_id and b.event_ts > v_since and b.event_ts < v_until + v_window
        order by b.event_ts, b.event_id, f.at desc, f.last_activity_at desc, f.kind, f.task_key
    ),
    bought as materialized (
        select c.*, s.value, case when s.value is null then s.amount end as foreign_amount, s.currency,
            s.day as sale_day
        from claimed c
        left join lateral (
            select x.value, x.amount, x.currency, x.day from analytics.sale x
            where x.tenant_id = p_tenant_id and x.transaction_id = c.transaction_id and x.event_ts = c.event_ts
                and not exists (
                    select 1 from analytics.buy y
                    where y.tenant_id = p_tenant_id and y.transaction_id = c.transaction_id
                        and y.event_ts = c.event_ts and y.event_id < c.event_id
                )
            limit 1
        ) s on true
        where c.at < v_until
            and (p_location_ids is null or c.location_id = any(p_location_ids))
            and (v_branches is null or c.location_id = any(v_branches))
    ),
    cell as (
        select f.location_id, f.rep, f.kind, f.day, count(*) as tasks, 0::bigint as recovered,
            0::numeric as revenue, 0::bigint as foreign_rows
        from follow_up f
        where f.at < v_until
            and (p_location_ids is null or f.location_id = any(p_location_ids))
            and (v_branches is null or f.location_id = any(v_branches))
        group by f.location_id, f.rep, f.kind, f.day
        union all
        select b.location_id, b.rep, b.kind, b.day, 0, count(distinct b.task_key), sum(b.value), count(b.foreign_amount)
        from bought b
        group by b.location_id, b.rep, b.kind, b.day
    ),
    grouped as (
        select grouping(c.location_id, c.rep, c.kind, c.day) as left_out, c.location_id, c.rep, c.kind, c.day,
            coalesce(sum(c.tasks), 0)::bigint as tasks, coalesce(sum(c.recovered), 0)::bigint as recovered,
            coalesce(sum(c.revenue), 0) as revenue, coalesce(sum(c.foreign_rows), 0)::bigint as foreign_rows
        from cell c
        group by grouping sets ((), (c.location_id), (c.rep), (c.kind), (c.day))
    )
    select case g.left_out when 15 then 'total' when 7 then 'branch' when 11 then 'rep' when 13 then 'reason' else 'day' end,
        g.location_id, coalesce(l.location_name, g.location_id), g.rep, n.sales_rep_name, g.kind, g.day,
        g.tasks, g.recovered, g.revenue, g.foreign_rows,
        case when g.left_out = 15 and g.foreign_rows > 0 then (
            select jsonb_object_agg(a.currency, a.amount) from (
                select b.currency, round(sum(b.foreign_amount), 2) as amount
                from bought b where b.foreign_amount is not null
                group by b.currency
            ) a
        ) end,
        case when g.left_out = 15 then array(
            select distinct b.sale_day from bought b where b.foreign_amount is not null order by 1
        ) end
    from grouped g
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = g.location_id
    left join lateral (
        select m.sales_rep_name from email.branch_rep m
        where m.tenant_id = p_tenant_id and lower(m.sales_rep_email) = g.rep and m.sales_rep_name <> ''
        order by m.updated_at desc, m.mapping_id limit 1
    ) n on true
    order by 1, g.revenue desc, 9 desc, 8 desc, g.day, g.location_id, g.rep, g.kind;
end
$$;
revoke all on function analytics.get_recovery(uuid, date, date, text[]) from public;
