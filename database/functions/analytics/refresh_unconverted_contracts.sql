-- Lists which money of the contracts of the dirty days' leads has no rate, and on which day: that of the signing.
create or replace function analytics.refresh_unconverted_contracts(p_tenant_id uuid, p_currency text)
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
    delete from analytics.unconverted_day u
    where u.tenant_id = p_tenant_id and u.day = any(v_known) and u.side = 'contracts';
    -- Few contracts are in another currency, so most runs can skip this.
    if
        exists (select from pg_temp.lead_contract c where c.currency <> p_currency)
        and exists (select from pg_temp.lead_row r where r.lacks_rate)
    then
        insert into analytics.unconverted_day (tenant_id, day, platform, side, currency, rows, amount, rate_day)
        select p_tenant_id, r.day, k.platform, 'contracts', upper(c.currency), count(*), sum(c.amount), c.signed_day
        from pg_temp.lead_row r
        inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
        inner join data.contract c on c.tenant_id = p_tenant_id and c.lead_id = r.lead_id and c.status = 'signed'
        where
            r.lacks_rate and upper(c.currency) <> p_currency
            and analytics.rate_of(p_tenant_id, upper(c.currency), p_currency, c.signed_day) is null
        group by r.day, k.platform, upper(c.currency), c.signed_day;
    end if;
end
$$;
