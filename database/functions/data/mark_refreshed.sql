-- Records that analytics' answers include these batches. Returns the jobs that waited for the last of them.
create or replace function data.mark_refreshed(p_tenant_id uuid, p_batch_ids uuid[]) returns setof uuid
language plpgsql
as $$
begin
    update data.batch b set refreshed_at = now()
    where b.tenant_id = p_tenant_id and b.batch_id = any(p_batch_ids) and b.refreshed_at is null;

    return query
    delete from data.awaiting_job a
    where
        a.tenant_id = p_tenant_id
        and not exists (
            select from data.batch b
            where b.tenant_id = p_tenant_id and b.refreshed_at is null and b.recorded_at <= a.since
        )
    returning a.job_id;
end
$$;
