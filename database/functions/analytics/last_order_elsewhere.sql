-- The last order before an instant among those of a user that the branches' policies hide, as sessions_elsewhere.
create or replace function analytics.last_order_elsewhere(p_tenant_id uuid, p_u text, p_before timestamptz)
returns table (event_ts timestamptz, transaction_id text, value numeric, amount numeric, currency text)
language plpgsql stable rows 1
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_branches text[] := analytics.readable_branches();
begin
    if v_branches is not null and analytics.is_readable_customer(p_tenant_id, p_u) then
        return query
        select s.event_ts, s.transaction_id, s.value, s.amount, s.currency
        from analytics.sale s
        where s.tenant_id = p_tenant_id and s.u = p_u and s.event_ts < p_before
            and (s.location_id = any(v_branches)) is not true
        order by s.event_ts desc, s.transaction_id limit 1;
    end if;
end
$$;
revoke all on function analytics.last_order_elsewhere(uuid, text, timestamptz) from public;
