-- What one unit of a currency was worth on a day, in units of p_base (the tenant's currency); null if that day has no
-- rate. Strictly the day's: no other day's rate is used.
create or replace function data.fx_rate_of(p_tenant_id uuid, p_currency text, p_base text, p_day date)
returns numeric
language plpgsql stable parallel safe
as $$
begin
    return (
        select r.rate from data.fx_rate r
        where r.tenant_id = p_tenant_id and r.base = p_base and r.currency = p_currency and r.day = p_day
    );
end
$$;
