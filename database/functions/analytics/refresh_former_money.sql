-- After a change of currency, money of days and months whose events were removed by age is in the former one, and
-- nothing is left to compute it from again. It is no longer in any sum; for days it is listed with what has no rate.
create or replace function analytics.refresh_former_money(p_tenant_id uuid, p_former text)
returns void
language plpgsql
as $$
declare
    v_retention data.retention;
begin
    select * into v_retention from data.retention r where r.tenant_id = p_tenant_id;
    update analytics.day_total t
    set foreign_amounts = coalesce(t.foreign_amounts, '{}') || jsonb_build_object(
            p_former, coalesce((t.foreign_amounts ->> p_former)::numeric, 0) + t.revenue + t.abandoned_value
        ),
        foreign_rows = t.foreign_rows + 1, revenue = 0, abandoned_value = 0
    where t.tenant_id = p_tenant_id and t.day < v_retention.events_from and (t.revenue <> 0 or t.abandoned_value <> 0);
    update analytics.traffic_hour t set revenue = 0 where t.tenant_id = p_tenant_id and t.hour < v_retention.events_since;
    update analytics.traffic_day t set revenue = 0 where t.tenant_id = p_tenant_id and t.day < v_retention.events_from;
    update analytics.traffic_month t set revenue = 0 where t.tenant_id = p_tenant_id and t.month < v_retention.events_from;
end
$$;
