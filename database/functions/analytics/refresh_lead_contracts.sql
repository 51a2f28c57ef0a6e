-- Notes what the signed contracts of the leads that were read brought: exact, of what has a rate.
create or replace function analytics.refresh_lead_contracts(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with signed as (
        select c.lead_id, c.amount,
            case
                when coalesce(upper(c.currency), p_currency) = p_currency then 1
                else analytics.rate_of(p_tenant_id, upper(c.currency), p_currency, c.signed_day)
            end as rate
        from pg_temp.lead_row r
        inner join data.contract c on c.tenant_id = p_tenant_id and c.lead_id = r.lead_id and c.status = 'signed'
    ),
    won as (
        select s.lead_id, count(*) as contracts, coalesce(sum(s.amount * s.rate), 0) as revenue,
            bool_or(s.rate is null) as lacks_rate
        from signed s
        group by s.lead_id
    )
    update pg_temp.lead_row r
    set contracts = w.contracts, revenue = w.revenue, lacks_rate = w.lacks_rate
    from won w
    where w.lead_id = r.lead_id;
end
$$;
