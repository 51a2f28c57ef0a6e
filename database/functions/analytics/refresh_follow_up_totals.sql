-- Adds up the days again on which a follow-up changed.
create or replace function analytics.refresh_follow_up_totals(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := array(select distinct d.day from pg_temp.follow_up_day d);
begin
    if cardinality(v_days) = 0 then
        return;
    end if;
    delete from analytics.follow_up_total t where t.tenant_id = p_tenant_id and t.day = any(v_days);
    insert into analytics.follow_up_total (
        tenant_id, day, location_id, rep, kind, tasks, recovered, revenue, unconverted
    )
    select p_tenant_id, f.day, coalesce(f.location_id, ''), f.rep, f.kind, count(*), count(*) filter (where f.is_recovered),
        sum(f.revenue), case when count(f.unconverted) > 0 then (
            select jsonb_agg(x.one) from unnest(array_agg(f.unconverted)) as l (list)
            cross join lateral jsonb_array_elements(l.list) as x (one)
        ) end
    from analytics.follow_up f
    where f.tenant_id = p_tenant_id and not f.is_compared and f.day = any(v_days)
    group by f.day, coalesce(f.location_id, ''), f.rep, f.kind;
end
$$;
