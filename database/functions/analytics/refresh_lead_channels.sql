-- Counts the leads of the dirty days anew by channel, writing what differs.
create or replace function analytics.refresh_lead_channels(p_tenant_id uuid)
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
        delete from analytics.lead_channel_day c
        where
            c.tenant_id = p_tenant_id and c.day = any(v_known)
            and not exists (
                select from pg_temp.lead_sum s
                inner join pg_temp.lead_kind k on k.kind_id = s.kind_id
                where s.day = c.day and k.channel = c.channel
            );
    end if;

    with counted as materialized (
        select s.day, k.channel, sum(s.leads) as leads, sum(s.contracts) as contracts, sum(s.revenue) as revenue
        from pg_temp.lead_sum s
        inner join pg_temp.lead_kind k on k.kind_id = s.kind_id
        group by s.day, k.channel
    ),
    written as (
        update analytics.lead_channel_day c
        set leads = n.leads, contracts = n.contracts, revenue = n.revenue
        from counted n
        where
            c.tenant_id = p_tenant_id and c.day = any(v_known) and c.day = n.day and c.channel = n.channel
            and (c.leads, c.contracts, c.revenue) is distinct from (n.leads, n.contracts, n.revenue)
    )
    insert into analytics.lead_channel_day (tenant_id, day, channel, leads, contracts, revenue)
    select p_tenant_id, n.day, n.channel, n.leads, n.contracts, n.revenue
    from counted n
    where not exists (
        select from analytics.lead_channel_day c
        where c.tenant_id = p_tenant_id and c.day = any(v_known) and c.day = n.day and c.channel = n.channel
    );
end
$$;
