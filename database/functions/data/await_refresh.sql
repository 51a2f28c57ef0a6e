-- Called by a job that has done its part. Returns true if analytics' answers already include every batch recorded until
-- now; otherwise the job is recorded, and data.mark_refreshed names it when they do.
create or replace function data.await_refresh(p_tenant_id uuid, p_job_id uuid) returns boolean
language plpgsql
as $$
begin
    -- The usual case: no batch is waiting.
    if not exists (select from data.batch b where b.tenant_id = p_tenant_id and b.refreshed_at is null) then
        return true;
    end if;
    insert into data.awaiting_job (tenant_id, job_id, since) values (p_tenant_id, p_job_id, clock_timestamp())
    on conflict (tenant_id, job_id) do update set since = excluded.since;
    -- The lock waits for data.mark_refreshed in another transaction, which may not see the row inserted above.
    perform from data.batch b
    where b.tenant_id = p_tenant_id and b.refreshed_at is null
    limit 1 for share;
    if found then
        return false;
    end if;
    delete from data.awaiting_job a where a.tenant_id = p_tenant_id and a.job_id = p_job_id;
    return true;
end
$$;
