-- Brings the ledger up to date with the orders, clicks, refunds, contracts, campaigns and ads that changed, or all of it
-- (p_everything): first what each transaction adds to it, then what the lines of the days that this changes come to.
create or replace function analytics.refresh_ledger(p_tenant_id uuid, p_currency text, p_everything boolean)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[];
begin
    perform analytics.refresh_ledger_orders(p_tenant_id, p_everything or exists (select from pg_temp.dirty_ledger));
    if exists (select from pg_temp.ledger_order) then
        perform analytics.refresh_ledger_entries(p_tenant_id, p_currency);
    end if;
    v_days := array(select d.day from pg_temp.ledger_day d union select m.day from pg_temp.marketing_day m);
    if v_days = '{}' then
        return;
    end if;
    delete from analytics.ledger_total t where t.tenant_id = p_tenant_id and t.day = any(v_days);
    insert into analytics.ledger_total (
        tenant_id, day, platform, lines, spend, claimed_conversions, claimed_revenue, leads, contracts, revenue, orders,
        order_revenue, refunds, refund_gap, window_gap, time_zone_gap, duplicate_gap, untracked_gap, currency_gap, over_gap,
        under_gap
    )
    select p_tenant_id, l.day, l.platform, count(*), sum(l.spend), sum(l.claimed_conversions), sum(l.claimed_revenue),
        sum(l.leads), sum(l.contracts), sum(l.revenue), sum(l.orders), sum(l.order_revenue), sum(l.refunds),
        sum(l.refund_gap), sum(l.window_gap), sum(l.time_zone_gap), sum(l.duplicate_gap), sum(l.untracked_gap),
        sum(l.currency_gap), sum(greatest(l.thresholded_gap + l.unexplained, 0)), sum(least(l.unexplained, 0))
    from analytics.ledger_of(p_tenant_id, v_days, null) l
    group by l.day, l.platform;
end
$$;
