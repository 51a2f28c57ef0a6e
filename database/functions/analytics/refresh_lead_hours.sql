-- Counts the leads of the dirty days anew by hour and channel.
create or replace function analytics.refresh_lead_hours(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
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
    insert into analytics.lead_hour as h (tenant_id, hour, channel, day, leads, contracts, revenue)
    select p_tenant_id, r.hour, k.channel, min(r.day), count(*), sum(r.contracts),
        coalesce(sum(r.revenue) filter (where r.contracts > 0), 0)
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    where r.hour is not null
    group by r.hour, k.channel
    on conflict (tenant_id, hour, channel) do update set
        leads = excluded.leads, contracts = excluded.contracts, revenue = excluded.revenue
    where (h.leads, h.contracts, h.revenue) is distinct from (excluded.leads, excluded.contracts, excluded.revenue);
end
$$;
