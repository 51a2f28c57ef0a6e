-- Counts the leads of the dirty days again by channel, and by hour and channel for those whose hour is known, writing
-- what differs.
create or replace function analytics.refresh_lead_channels(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_known date[] := array(select d.day from pg_temp.lead_day d where d.had_leads);
begin
    -- A step of its own, so that it can aggregate by hash; together with the ordered lists below it would sort all
    -- leads.
    with counted as materialized (
        select r.day, k.channel, r.hour, count(*) as leads, sum(r.contracts) as contracts,
            coalesce(sum(r.revenue) filter (where r.contracts > 0), 0) as revenue
        from pg_temp.lead_row r
        inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
        group by r.day, k.channel, r.hour
    )
    insert into pg_temp.channel_lead (
        day, channel, leads, contracts, revenue, hours, leads_by_hour, contracts_by_hour, revenue_by_hour
    )
    select h.day, h.channel, sum(h.leads), sum(h.contracts), sum(h.revenue),
        array_agg(h.hour order by h.hour) filter (where h.hour is not null),
        array_agg(h.leads order by h.hour) filter (where h.hour is not null),
        array_agg(h.contracts order by h.hour) filter (where h.hour is not null),
        array_agg(h.revenue order by h.hour) filter (where h.hour is not null)
    from counted h
    group by h.day, h.channel;

    if v_known <> '{}' then
        delete from analytics.lead_channel_day c
        where
            c.tenant_id = p_tenant_id and c.day = any(v_known)
            and not exists (select from pg_temp.channel_lead n where n.day = c.day and n.channel = c.channel);
        delete from analytics.lead_hour h
        where
            h.tenant_id = p_tenant_id and h.day = any(v_known)
            and not exists (
                select from pg_temp.channel_lead n
                where n.day = h.day and n.channel = h.channel and n.hours is not null
            );
    end if;

    merge into analytics.lead_channel_day c
    using pg_temp.channel_lead n
        on c.tenant_id = p_tenant_id and c.day = any(v_known) and c.day = n.day and c.channel = n.channel
    when matched and (c.leads, c.contracts, c.revenue) is distinct from (n.leads, n.contracts, n.revenue) then
        update set leads = n.leads, contracts = n.contracts, revenue = n.revenue
    when not matched then
        insert (tenant_id, day, channel, leads, contracts, revenue)
        values (p_tenant_id, n.day, n.channel, n.leads, n.contracts, n.revenue);

    merge into analytics.lead_hour h
    using (select * from pg_temp.channel_lead x where x.hours is not null) n
        on h.tenant_id = p_tenant_id and h.day = any(v_known) and h.day = n.day and h.channel = n.channel
    when matched and (h.hours, h.leads, h.contracts, h.revenue)
        is distinct from (n.hours, n.leads_by_hour, n.contracts_by_hour, n.revenue_by_hour) then
        update set hours = n.hours, leads = n.leads_by_hour, contracts = n.contracts_by_hour, revenue = n.revenue_by_hour
    when not matched then
        insert (tenant_id, day, channel, hours, leads, contracts, revenue)
        values (p_tenant_id, n.day, n.channel, n.hours, n.leads_by_hour, n.contracts_by_hour, n.revenue_by_hour);
end
$$;
