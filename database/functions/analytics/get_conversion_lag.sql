-- How many days most leads take to become a contract, at most 30: within so many four in five of the latest 500 signed
-- contracts of known leads were signed, of those of the last 365 days. 0 if there are none. Younger leads have not
-- had their time.
create or replace function analytics.get_conversion_lag(p_tenant_id uuid, p_today date)
returns integer
language plpgsql stable
-- A generic plan: for a tenant without statistics a custom one expects one lead, and reads all leads for each contract.
set plan_cache_mode = force_generic_plan
as $$
begin
    return (
        select least(30, coalesce(percentile_disc(0.8) within group (order by x.days), 0))
        from (
            select greatest(0, c.signed_day - l.created_day) as days
            from data.contract c
            inner join data.lead l on l.tenant_id = p_tenant_id and l.lead_id = c.lead_id
            where c.tenant_id = p_tenant_id and c.signed_day between p_today - 365 and p_today and c.status = 'signed'
            order by c.signed_day desc, c.contract_id
            limit 500
        ) x
    );
end
$$;
