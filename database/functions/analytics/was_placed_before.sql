-- Whether a task was in a report that was sent, or left out of one, before an instant, ever. Read as the owner, by
-- recount_follow_ups.
create or replace function analytics.was_placed_before(
    p_tenant_id uuid, p_kind text, p_task_key text, p_before timestamptz
)
returns boolean
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
begin
    return exists (
        select 1 from email.report_task r
        inner join email.delivery d on d.tenant_id = r.tenant_id and d.delivery_id = r.delivery_id
        where r.tenant_id = p_tenant_id and r.kind = p_kind and r.task_key = p_task_key and d.created_at < p_before
            and (d.status in ('sent', 'written', 'unknown') or d.status = 'nothing_to_report' and r.customer_no = 0)
    );
end
$$;
