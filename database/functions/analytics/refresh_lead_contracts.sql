-- Records what the signed contracts of the leads that were read brought: exact, of what has a rate.
create or replace function analytics.refresh_lead_contracts(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
    -- A few leads are looked up one by one; for many, all contracts are read once.
    if (select count(*) from (select from pg_temp.lead_row limit 5000) r) < 5000 then
        insert into pg_temp.lead_contract (lead_id, amount, currency, signed_day)
        select c.lead_id, c.amount, upper(c.currency), c.signed_day
        from data.contract c
        where
            c.tenant_id = p_tenant_id and c.lead_id = any(array(select r.lead_id from pg_temp.lead_row r))
            and c.status = 'signed';
    else
        insert into pg_temp.lead_contract (lead_id, amount, currency, signed_day)
        select c.lead_id, c.amount, upper(c.currency), c.signed_day
        from pg_temp.lead_row r
        inner join data.contract c on c.tenant_id = p_tenant_id and c.lead_id = r.lead_id and c.status = 'signed';
    end if;
    if not found then
        return;
    end if;

    update pg_temp.lead_row r
    set contracts = w.contracts, revenue = w.revenue, lacks_rate = w.lacks_rate
    from (
        select s.lead_id, count(*) as contracts, coalesce(sum(s.amount * s.rate), 0) as revenue,
            bool_or(s.rate is null) as lacks_rate
        from (
            select c.lead_id, c.amount,
                case
                    when coalesce(c.currency, p_currency) = p_currency then 1
                    else analytics.rate_of(p_tenant_id, c.currency, p_currency, c.signed_day)
                end as rate
            from pg_temp.lead_contract c
        ) s
        group by s.lead_id
    ) w
    where w.lead_id = r.lead_id;
end
$$;
