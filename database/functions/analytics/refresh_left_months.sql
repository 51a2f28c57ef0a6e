-- Has the months of dirty days that were removed by age rebuilt, whole: of such days nothing is left to compute a
-- difference from. Returns whether there are some that were not recorded before.
create or replace function analytics.refresh_left_months(p_tenant_id uuid)
returns boolean
language plpgsql
as $$
begin
    insert into pg_temp.rebuilt_month
    select distinct date_trunc('month', d.day::timestamp)::date
    from (select l.day from pg_temp.lead_day l union select a.day from pg_temp.ad_day a) d
    inner join analytics.rollup_state r on r.tenant_id = p_tenant_id and d.day < r.days_from
    on conflict do nothing;
    if not found then
        return false;
    end if;
    perform analytics.refresh_rebuilt_months(p_tenant_id);
    return true;
end
$$;
