-- Records a batch whose events are stored, and the devices its users were seen on ('' for none).
create or replace function data.close_batch(
    p_tenant_id uuid, p_batch_id uuid, p_job_id uuid, p_rows integer, p_user_ids text[], p_user_pseudo_ids text[]
) returns void
language plpgsql
as $$
begin
    insert into data.batch (tenant_id, batch_id, job_id, rows)
    values (p_tenant_id, p_batch_id, p_job_id, p_rows);

    insert into data.user_device (tenant_id, user_id, user_pseudo_id)
    select distinct p_tenant_id, k.user_id, k.user_pseudo_id
    from unnest(p_user_ids, p_user_pseudo_ids) as k (user_id, user_pseudo_id)
    order by k.user_id, k.user_pseudo_id
    on conflict do nothing;
end
$$;
