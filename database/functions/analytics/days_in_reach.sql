-- Of days that changed, those that are rebuilt: days whose events were removed by age stay as they were, and of months
-- whose single days were removed all days are rebuilt, to sum the month from them. (drop_before removes those that are
-- not to stay.)
create or replace function analytics.days_in_reach(p_tenant_id uuid, p_days date[])
returns date[]
language plpgsql stable
as $$
declare
    v_days_from date := (select r.days_from from analytics.rollup_state r where r.tenant_id = p_tenant_id);
    v_events_from date := (select e.events_from from data.retention e where e.tenant_id = p_tenant_id);
begin
    if v_days_from is null and v_events_from is null then
        return p_days;
    end if;
    return array(
        select x.day
        from (
            select d.day from unnest(p_days) as d (day)
            union
            select analytics.days_of_month(d.day) from unnest(p_days) as d (day) where d.day < v_days_from
        ) x
        where v_events_from is null or x.day >= v_events_from
        order by x.day
    );
end
$$;
