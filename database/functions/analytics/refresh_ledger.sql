-- Brings the ledger up to date with the orders, clicks, refunds, contracts, campaigns and ads that changed, or all of
-- it (p_everything): first what each transaction adds to it, then the sums of the lines of the days that this changes.
create or replace function analytics.refresh_ledger(p_tenant_id uuid, p_currency text, p_everything boolean)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_is_all boolean := p_everything or exists (select from pg_temp.dirty_ledger);
    v_days date[];
begin
    -- A company that sells nothing has no orders to assign.
    if v_is_all or exists (select from analytics.sale s where s.tenant_id = p_tenant_id) then
        perform analytics.refresh_ledger_orders(p_tenant_id, v_is_all);
    end if;
    if exists (select from pg_temp.ledger_order) then
        perform analytics.refresh_ledger_entries(p_tenant_id, p_currency);
    end if;
    v_days := array(select d.day from pg_temp.ledger_day d union select m.day from pg_temp.marketing_day m);
    if v_days <> '{}' then
        perform analytics.refresh_ledger_totals(p_tenant_id, v_days);
    end if;
end
$$;
