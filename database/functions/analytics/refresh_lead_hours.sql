-- Counts the leads of the dirty days anew by hour and channel, writing what differs.
create or replace function analytics.refresh_lead_hours(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
set enable_nestloop = off
as $$
declare
    v_known date[] := array(select d.day from pg_temp.lead_day d where d.had_leads);
begin
    if v_known <> '{}' then
        delete from analytics.lead_hour h
        where
            h.tenant_id = p_tenant_id and h.day = any(v_known)
            and not exists (
                select from pg_temp.lead_row r
                inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
                where r.hour = h.hour and k.channel = h.channel and r.day = h.day
            );
    end if;

    with counted as materialized (
        select r.day, r.hour, k.channel, count(*) as leads, sum(r.contracts) as contracts,
            coalesce(sum(r.revenue) filter (where r.contracts > 0), 0) as revenue
        from pg_temp.lead_row r
        inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
        where r.hour is not null
        group by r.day, r.hour, k.channel
    ),
    written as (
        update analytics.lead_hour h
        set leads = n.leads, contracts = n.contracts, revenue = n.revenue
        from counted n
        where
            h.tenant_id = p_tenant_id and h.day = any(v_known) and h.day = n.day and h.hour = n.hour
            and h.channel = n.channel
            and (h.leads, h.contracts, h.revenue) is distinct from (n.leads, n.contracts, n.revenue)
    )
    insert into analytics.lead_hour (tenant_id, day, hour, channel, leads, contracts, revenue)
    select p_tenant_id, n.day, n.hour, n.channel, n.leads, n.contracts, n.revenue
    from counted n
    where not exists (
        select from analytics.lead_hour h
        where h.tenant_id = p_tenant_id and h.day = any(v_known) and h.day = n.day and h.hour = n.hour
            and h.channel = n.channel
    );
end
$$;
