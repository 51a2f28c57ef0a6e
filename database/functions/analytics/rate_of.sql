-- The rate that money of a day is converted with: 1 for the tenant's own currency, null if that day has none.
-- Currencies come in capitals. The planner inlines it (a single expression, without a look-up of its own), so that rows
-- of the tenant's own currency cost a comparison.
create or replace function analytics.rate_of(p_tenant_id uuid, p_currency text, p_own_currency text, p_day date)
returns numeric
language sql stable parallel safe
as $$
    select case
        when p_currency = p_own_currency then 1::numeric
        else data.fx_rate_of(p_tenant_id, p_currency, p_own_currency, p_day)
    end
$$;
