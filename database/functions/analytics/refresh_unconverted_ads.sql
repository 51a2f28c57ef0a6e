-- Lists again which money of the ads of the dirty days has no rate, as refresh_campaign_ads found it.
create or replace function analytics.refresh_unconverted_ads(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_days date[] := array(select d.day from pg_temp.ad_day d);
begin
    delete from analytics.unconverted_day u where u.tenant_id = p_tenant_id and u.day = any(v_days) and u.side = 'ads';
    if not exists (select from pg_temp.campaign_ad c where c.lacks_rate) then
        return;
    end if;
    insert into analytics.unconverted_day (tenant_id, day, platform, side, currency, rows, amount, rate_day)
    select p_tenant_id, a.day, a.platform, 'ads', upper(a.currency), count(*), sum(a.spend), a.day
    from data.ad_performance a
    where
        a.tenant_id = p_tenant_id and a.day = any(v_days) and upper(a.currency) <> p_currency
        and analytics.rate_of(p_tenant_id, upper(a.currency), p_currency, a.day) is null
    group by a.day, a.platform, upper(a.currency);
end
$$;
