-- The keys of all tasks in these reports, and in those that were made in [p_from, p_to). Runs as the owner, as first_told.
create or replace function analytics.tasks_told(
    p_tenant_id uuid, p_delivery_ids uuid[], p_from timestamptz, p_to timestamptz
)
returns setof text
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    with delivery as materialized (
        select d.delivery_id from email.delivery d
        where d.tenant_id = p_tenant_id and d.delivery_id = any(p_delivery_ids)
        union
        select d.delivery_id from email.delivery d
        where d.tenant_id = p_tenant_id and d.created_at >= p_from and d.created_at < p_to
    )
    select distinct r.task_key
    from delivery d
    inner join email.report_task r on r.tenant_id = p_tenant_id and r.delivery_id = d.delivery_id
    where r.kind <> 'purchases';
end
$$;
revoke all on function analytics.tasks_told(uuid, uuid[], timestamptz, timestamptz) from public;
