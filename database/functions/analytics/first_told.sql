-- For these tasks, when each was first in a report that was sent (its delivery is sent, written or unknown), unless it
-- had been worked by then; and when it was first reported, held out or left out because it had been worked, which is
-- what a hold-out compares (is_compared; for these, a report that was not sent because nobody was left to report counts
-- too). Of reports at one moment, by the rep's address. Runs as the owner: otherwise the analytics service reads no
-- table of the email service.
create or replace function analytics.first_told(p_tenant_id uuid, p_task_keys text[])
returns table (
    is_compared boolean, task_key text, kind text, at timestamptz, location_id text, rep text, is_held_out boolean,
    hold_out_pct smallint, last_activity_at timestamptz, user_pseudo_id text, user_id text
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    with told as materialized (
        select r.task_key, r.kind, d.created_at as at, d.branch_code as location_id, lower(d.sales_rep_email) as rep,
            r.is_held_out, r.is_first and r.customer_no > 0 as is_first, d.hold_out_pct, r.last_activity_at, r.user_pseudo_id, r.user_id, d.status
        from unnest(p_task_keys) as k (task_key)
        cross join unnest(array['cart-abandonment', 'search-analysis', 'repeat-visits']) as o (kind)
        inner join email.report_task r
            on r.tenant_id = p_tenant_id and r.kind = o.kind and r.task_key = k.task_key
        inner join email.delivery d on d.tenant_id = p_tenant_id and d.delivery_id = r.delivery_id
        where d.status in ('sent', 'written', 'unknown') or d.status = 'nothing_to_report' and r.customer_no = 0
    )
    select distinct on (c.is_compared, t.task_key) c.is_compared, t.task_key, t.kind, t.at, t.location_id, t.rep,
        t.is_held_out, t.hold_out_pct, t.last_activity_at, t.user_pseudo_id, t.user_id
    from told t
    cross join unnest(array[false, true]) as c (is_compared)
    where c.is_compared or t.is_first
    order by c.is_compared, t.task_key, t.at, t.rep;
end
$$;
revoke all on function analytics.first_told(uuid, text[]) from public;
