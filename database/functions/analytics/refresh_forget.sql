-- The start of a full rebuild: deletes the tenant's summaries and marks all its events dirty. Statuses of tasks stay,
-- and so do the figures of days and months whose events were removed by age.
create or replace function analytics.refresh_forget(p_tenant_id uuid)
returns void
language plpgsql
as $$
declare
    v_from date := coalesce(
        (select r.events_from from data.retention r where r.tenant_id = p_tenant_id), '-infinity'
    );
    v_since timestamptz := coalesce(
        (select r.events_since from data.retention r where r.tenant_id = p_tenant_id), '-infinity'
    );
begin
    insert into pg_temp.changed_day
    select d.day from analytics.day_total d where d.tenant_id = p_tenant_id and d.location_id = '';
    delete from analytics.visit_day x where x.tenant_id = p_tenant_id;
    delete from analytics.user_day x where x.tenant_id = p_tenant_id;
    delete from analytics.device_user x where x.tenant_id = p_tenant_id;
    delete from analytics.session x where x.tenant_id = p_tenant_id;
    delete from analytics.open_cart x where x.tenant_id = p_tenant_id;
    delete from analytics.session_search x where x.tenant_id = p_tenant_id;
    delete from analytics.buy x where x.tenant_id = p_tenant_id;
    delete from analytics.sale x where x.tenant_id = p_tenant_id;
    delete from analytics.search_term_month x where x.tenant_id = p_tenant_id;
    delete from analytics.item_sale_month x where x.tenant_id = p_tenant_id;
    delete from analytics.refund x where x.tenant_id = p_tenant_id;
    delete from analytics.day_total x where x.tenant_id = p_tenant_id and x.day >= v_from;
    delete from analytics.product_day x where x.tenant_id = p_tenant_id and x.day >= v_from;
    delete from analytics.product_month x where x.tenant_id = p_tenant_id and x.month >= v_from;
    delete from analytics.traffic_hour x where x.tenant_id = p_tenant_id and x.hour >= v_since;
    delete from analytics.traffic_day x where x.tenant_id = p_tenant_id and x.day >= v_from;
    delete from analytics.traffic_month x where x.tenant_id = p_tenant_id and x.month >= v_from;
    insert into pg_temp.changed_traffic
    select distinct v.day from data.channel_day v where v.tenant_id = p_tenant_id;
    delete from pg_temp.dirty_span;
    insert into pg_temp.dirty_span (device, owner, dirty_lo, dirty_hi)
    select coalesce(e.user_pseudo_id, ''),
        case when e.user_pseudo_id is null then coalesce(e.user_id, '') else '' end,
        min(e.event_ts), max(e.event_ts)
    from analytics.event_rows(p_tenant_id, '-infinity', 'infinity') e
    group by 1, 2;
end
$$;
