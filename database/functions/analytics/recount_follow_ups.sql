-- What analytics.follow_up should contain for the days p_from to p_to, computed directly from what was reported and
-- worked, from purchases and their values: nothing that the refresh stores about follow-ups, or calls for them, is
-- used. The definition:
--
-- A follow-up is a cart, search or repeat-visit task that was emailed (its delivery is sent, written or unknown) or
-- worked (its status was once more than open). It counts from the earlier of the two moments: when its first email was
-- handed over, or when it was first worked; that moment's day is its day. Its branch is that of the email, else that of
-- the task when it was worked; its rep is the one who first worked it, else the one whose email was first (of several
-- at the same moment: by address). So each follow-up has one day, one branch and one rep, and all add up.
--
-- It is recovered if the same U, the present user key, has a purchase row, any one, in (m, m + 336 hours] after its
-- moment m. A purchase row counts once: for the latest such task of U, wherever that task is (of several at one moment,
-- as in one email, for the one with the latest activity, then kind, then key). Revenue is the value of the transactions
-- whose earliest purchase row of all time counts here; a repeated row recovers and brings no money again. Without a
-- rate, value is null: unconverted lists it ({currency, amount, day}) and it is in no sum.
--
-- is_compared: what a hold-out compares. Both groups are measured alike: a task counts from the first delivery that
-- reported it, held it out, or left it out because it had been worked (not from when it was), on that moment's day, at
-- that delivery's branch, in the group that it was put in then; one that had been worked or reported before is in
-- neither. Recovered is as above, among these tasks alone: the email is there to influence whether and when a rep works
-- a task, so that must not decide what is compared. For a report that was not sent (nothing_to_report), what it left
-- out counts too.
--
-- Runs as the owner: otherwise the analytics service reads no table of the email service.
create or replace function analytics.recount_follow_ups(p_tenant_id uuid, p_from date, p_to date)
returns table (
    is_compared boolean, task_key text, kind text, at timestamptz, day date, location_id text, rep text,
    is_held_out boolean, last_activity_at timestamptz, user_pseudo_id text, user_id text, u text, is_recovered boolean,
    revenue numeric, unconverted jsonb
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
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
        -- From a day earlier, because a task that is reported again within a day is still marked as first; and until
        -- the end of the last window for purchases, because a later task may claim one.
        select d.delivery_id, d.created_at as at, (d.created_at at time zone v_zone)::date as day,
            d.branch_code as location_id, lower(d.sales_rep_email) as rep
        from email.delivery d
        where d.tenant_id = p_tenant_id and d.status in ('sent', 'written', 'unknown')
            and d.created_at >= v_since - interval '24 hours' and d.created_at < v_until + v_window
    ),
    first_told as (
        select distinct on (r.task_key) r.kind, r.task_key, d.at, d.day, d.location_id, d.rep, r.user_id,
            r.last_activity_at, r.user_pseudo_id as device,
            -- Null for known users, whose device need not be looked up. A column of its own, because under a policy an
            -- expression cannot use the index.
            case when r.user_id is null then r.user_pseudo_id end as lone_device
        from delivery d
        inner join email.report_task r on r.tenant_id = p_tenant_id and r.delivery_id = d.delivery_id
        where r.kind <> 'purchases' and r.is_first and r.customer_no > 0
        order by r.task_key, d.at, d.rep
    ),
    -- The user as known today: a later sign-in may have shown whose device it is.
    emailed as (
        select e.*, coalesce(e.user_id, o.user_id, e.device) as u
        from first_told e
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = e.lone_device
    ),
    worked as (
        select w.kind, w.task_key, w.first_worked_at as at, w.location_id, lower(w.first_worked_by) as rep,
            w.last_activity_at, w.user_pseudo_id, w.user_id, coalesce(w.user_id, o.user_id, w.user_pseudo_id) as u
        from analytics.task_status w
        left join analytics.device_user o
            on o.tenant_id = p_tenant_id and o.user_pseudo_id = w.user_pseudo_id and w.user_id is null
        where w.tenant_id = p_tenant_id and w.kind <> 'purchases' and w.first_worked_at >= v_since - interval '24 hours'
    ),
    credited as (
        select coalesce(e.kind, w.kind) as kind, coalesce(e.task_key, w.task_key) as task_key, least(e.at, w.at) as at,
            case when e.at <= w.at or w.at is null then e.day else (w.at at time zone v_zone)::date end as day,
            case when e.at <= w.at or w.at is null then e.location_id else w.location_id end as location_id,
            coalesce(w.rep, e.rep) as rep, coalesce(e.last_activity_at, w.last_activity_at) as last_activity_at,
            case when e.task_key is null then w.user_pseudo_id else e.device end as user_pseudo_id,
            case when e.task_key is null then w.user_id else e.user_id end as user_id,
            coalesce(e.u, w.u) as u
        from emailed e
        full join worked w on w.task_key = e.task_key
        where least(e.at, w.at) >= v_since and least(e.at, w.at) < v_until + v_window
            and (e.kind is not null or not analytics.was_emailed_before(p_tenant_id, w.kind, w.task_key, w.at))
    ),
    told as (
        select distinct on (r.task_key) r.kind, r.task_key, d.created_at as at, d.branch_code as location_id,
            lower(d.sales_rep_email) as rep, d.hold_out_pct, r.is_held_out, r.user_id, r.user_pseudo_id as device,
            r.last_activity_at
        from email.delivery d
        inner join email.report_task r on r.tenant_id = d.tenant_id and r.delivery_id = d.delivery_id
        where d.tenant_id = p_tenant_id
            and (d.status in ('sent', 'written', 'unknown') or d.status = 'nothing_to_report' and r.customer_no = 0)
            and d.created_at >= v_since - interval '24 hours' and d.created_at < v_until + v_window
            and r.kind <> 'purchases'
        order by r.task_key, d.created_at, lower(d.sales_rep_email)
    ),
    follow_up as materialized (
        select false as is_compared, c.kind, c.task_key, c.at, c.day, c.location_id, c.rep, false as is_held_out,
            c.last_activity_at, c.user_pseudo_id, c.user_id, c.u
        from credited c
        union all
        select true, t.kind, t.task_key, t.at, (t.at at time zone v_zone)::date, t.location_id, t.rep, t.is_held_out,
            t.last_activity_at, t.device, t.user_id, coalesce(t.user_id, o.user_id, t.device)
        from told t
        left join analytics.device_user o
            on o.tenant_id = p_tenant_id and o.user_pseudo_id = t.device and t.user_id is null
        where t.at >= v_since and t.hold_out_pct > 0
            and not analytics.was_placed_before(p_tenant_id, t.kind, t.task_key, v_since - interval '24 hours')
    ),
    claimed as (
        select distinct on (f.is_compared, b.event_ts, b.event_id) b.event_ts, b.event_id, b.transaction_id,
            f.is_compared, f.task_key, f.at
        from analytics.buy b
        inner join follow_up f on f.u = b.u and b.event_ts > f.at and b.event_ts <= f.at + v_window
        where b.tenant_id = p_tenant_id and b.event_ts > v_since and b.event_ts < v_until + v_window
        order by f.is_compared, b.event_ts, b.event_id, f.at desc, f.last_activity_at desc, f.kind, f.task_key
    ),
    bought as (
        select c.is_compared, c.task_key, coalesce(sum(s.value), 0) as revenue,
            jsonb_agg(jsonb_build_object('currency', s.currency, 'amount', s.amount, 'day', s.day))
                filter (where s.value is null and s.amount is not null) as unconverted
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
        group by c.is_compared, c.task_key
    )
    select f.is_compared, f.task_key, f.kind, f.at, f.day, f.location_id, f.rep, f.is_held_out, f.last_activity_at,
        f.user_pseudo_id, f.user_id, f.u, b.task_key is not null, coalesce(b.revenue, 0), b.unconverted
    from follow_up f
    left join bought b on b.is_compared = f.is_compared and b.task_key = f.task_key
    where f.at < v_until;
end
$$;
revoke all on function analytics.recount_follow_ups(uuid, date, date) from public;
