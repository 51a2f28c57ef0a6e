-- Has everything computed again that was, or could not be, converted with rates that have changed: transactions go to
-- rated_sale, the sessions of carts to the spans that are read again, ads and contracts to what marketing computes
-- again. For events, a tenant without foreign money on these days has nothing to scan: both indexes hold only such
-- rows.
create or replace function analytics.refresh_rates(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if not exists (select 1 from pg_temp.rate_change) then
        return;
    end if;
    perform analytics.analyze_working_table('rate_change');

    insert into pg_temp.rated_sale
    select distinct s.transaction_id
    from pg_temp.rate_change c
    inner join analytics.sale s on s.tenant_id = p_tenant_id and s.day = c.day
        and (s.rate is not null or s.value is null) and s.currency = any(c.currencies);

    with cart as (
        select k.user_pseudo_id as device, min(k.last_ts) as first_ts, max(k.last_ts) as last_ts
        from pg_temp.rate_change c
        inner join analytics.open_cart k on k.tenant_id = p_tenant_id and k.day = c.day
            and (k.rates is not null or k.foreign_amounts is not null)
            and (k.rates ?| c.currencies or k.foreign_amounts ?| c.currencies)
        group by 1
    ),
    wider as (
        update pg_temp.dirty_span d
        set dirty_lo = least(d.dirty_lo, c.first_ts), dirty_hi = greatest(d.dirty_hi, c.last_ts)
        from cart c
        where d.device = c.device
    )
    insert into pg_temp.dirty_span (device, owner, dirty_lo, dirty_hi)
    select c.device, '', c.first_ts, c.last_ts
    from cart c
    where not exists (select 1 from pg_temp.dirty_span d where d.device = c.device);

    insert into pg_temp.ad_day
    select distinct c.day, 'rates'
    from pg_temp.rate_change c
    inner join data.ad_performance a on a.tenant_id = p_tenant_id and a.day = c.day
        and upper(a.currency) = any(c.currencies)
    on conflict (day) do update set reason = 'rates' where ad_day.reason is not null;
    insert into pg_temp.dirty_lead
    select distinct k.lead_id, 'rates'
    from data.contract k
    inner join pg_temp.rate_change c on c.day = k.signed_day and upper(k.currency) = any(c.currencies)
    where k.tenant_id = p_tenant_id and k.currency is not null;
end
$$;
