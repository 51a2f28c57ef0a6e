-- What a hold-out shows: tasks of the days p_from to p_to that were emailed while customers were held out, beside those
-- of the customers who were. One row a group that has tasks: is_held_out, and sums over its customers (U as U is today),
-- from which a rate and its uncertainty follow: customers, tasks, recovered, and Σ tasks², Σ recovered², Σ tasks·recovered.
--
-- Both groups are measured alike: a task counts from the first delivery that told of it or held it out (not from when it
-- was worked), on that moment's day, at that delivery's branch, in the group that it was put in then; one that had been
-- worked or told before is in neither. Recovered is as get_recovery says, among these tasks alone: whether and when a
-- rep worked a task is what the email is there for, and must not decide what is compared.
-- Of a report that held everybody out and was not sent (nothing_to_report), what was held out counts likewise.
--
-- p_location_ids, and why it runs as the owner: as get_recovery.
create or replace function analytics.get_hold_out(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null
)
returns table (
    is_held_out boolean, customers bigint, tasks bigint, recovered bigint,
    tasks_squared bigint, recovered_squared bigint, tasks_recovered bigint
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
    if not exists (
        select 1 from email.delivery d
        where d.tenant_id = p_tenant_id and d.hold_out_pct > 0
            and d.created_at >= v_since and d.created_at < v_until
    ) then
        return;
    end if;
    return query
    with told as (
        select distinct on (r.task_key) r.kind, r.task_key, d.created_at as at, d.branch_code as location_id,
            d.hold_out_pct, r.is_held_out, r.user_id, r.user_pseudo_id as device, r.last_activity_at
        from email.delivery d
        inner join email.report_task r on r.tenant_id = d.tenant_id and r.delivery_id = d.delivery_id
        where d.tenant_id = p_tenant_id
            and (d.status in ('sent', 'written', 'unknown') or d.status = 'nothing_to_report' and r.is_held_out)
            and d.created_at >= v_since - interval '24 hours' and d.created_at < v_until + v_window
            and r.kind <> 'purchases' and r.is_first
        order by r.task_key, d.created_at, lower(d.sales_rep_email)
    ),
    follow_up as materialized (
        select t.kind, t.task_key, t.at, t.location_id, t.is_held_out, t.last_activity_at,
            coalesce(t.user_id, o.user_id, t.device) as u
        from told t
        left join analytics.device_user o
            on o.tenant_id = p_tenant_id and o.user_pseudo_id = t.device and t.user_id is null
        where t.at >= v_since and t.hold_out_pct > 0
    ),
    claimed as (
        select distinct on (b.event_ts, b.event_id) f.task_key
        from analytics.buy b
        inner join follow_up f on f.u = b.u and b.event_ts > f.at and b.event_ts <= f.at + v_window
        where b.tenant_id = p_tenant_id and b.event_ts > v_since and b.event_ts < v_until + v_window
        order by b.event_ts, b.event_id, f.at desc, f.last_activity_at desc, f.kind, f.task_key
    ),
    customer as (
        select f.is_held_out, f.u, count(*) as tasks, count(c.task_key) as recovered
        from follow_up f
        left join (select distinct x.task_key from claimed x) c on c.task_key = f.task_key
        where f.at < v_until
            and (p_location_ids is null or f.location_id = any(p_location_ids))
            and (v_branches is null or f.location_id = any(v_branches))
        group by f.is_held_out, f.u
    )
    select c.is_held_out, count(*), sum(c.tasks)::bigint, sum(c.recovered)::bigint,
        sum(c.tasks * c.tasks)::bigint, sum(c.recovered * c.recovered)::bigint, sum(c.tasks * c.recovered)::bigint
    from customer c
    group by c.is_held_out;
end
$$;
revoke all on function analytics.get_hold_out(uuid, date, date, text[]) from public;
