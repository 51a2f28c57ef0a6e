-- stub, replaced by the slice of money
create or replace function analytics.rate_of(p_tenant_id uuid, p_currency text, p_own_currency text, p_day date)
returns numeric
language sql
stable
as $$
    select case when p_currency = p_own_currency then 1::numeric end
$$;
