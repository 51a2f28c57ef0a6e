-- Removes rows by age: hours of days before p_hours_from, and rows of single days before p_days_from (null: none).
-- Called by the removal itself, and after each refresh, which rebuilds days for the sake of their months. Sums of
-- months, single leads, and which days' money has no rate stay. Returns the removed rows, by table.
create or replace function analytics.drop_before(
    p_tenant_id uuid, p_time_zone text, p_hours_from date, p_days_from date
) returns table (table_name text, gone bigint)
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_table text;
    v_hours_since timestamptz := auth.day_start(p_hours_from, p_time_zone);
    v_gone bigint;
begin
    if p_hours_from is not null then
        delete from analytics.lead_hour h where h.tenant_id = p_tenant_id and h.day < p_hours_from;
        get diagnostics v_gone = row_count;
        return query select 'lead_hour', v_gone;
        delete from analytics.traffic_hour h where h.tenant_id = p_tenant_id and h.hour < v_hours_since;
        get diagnostics v_gone = row_count;
        return query select 'traffic_hour', v_gone;
    end if;
    if p_days_from is null then
        return;
    end if;
    foreach v_table in array array[
        'day_total', 'traffic_day', 'product_day', 'lead_channel_day', 'platform_day', 'v6_campaign_roi_daily', 'closed_day',
        'ledger_total', 'ledger_entry'
    ] loop
        execute format('delete from analytics.%I d where d.tenant_id = $1 and d.day < $2', v_table)
        using p_tenant_id, p_days_from;
        get diagnostics v_gone = row_count;
        return query select v_table, v_gone;
    end loop;
end
$$;
