-- Marks the days until p_through as complete that have marketing figures and were not complete before.
create or replace function analytics.close_days(p_tenant_id uuid, p_through date)
returns void
language plpgsql
as $$
begin
    insert into analytics.closed_day (tenant_id, day)
    select distinct p_tenant_id, p.day
    from analytics.platform_day p
    where p.tenant_id = p_tenant_id and p.day <= p_through
    on conflict do nothing;
end
$$;
