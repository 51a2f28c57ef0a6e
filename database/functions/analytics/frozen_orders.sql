-- Which of these transactions the ledger keeps as they were: those of a day whose events were removed by age. By later
-- records of them they would be other ones, or none; and while their events are removed step by step, their clicks go
-- first. (For an order whose own day has been removed since, what it added to the day after is judged like any.)
create or replace function analytics.frozen_orders(p_tenant_id uuid, p_transactions text[])
returns setof text
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
    v_from date := (select r.events_from from data.retention r where r.tenant_id = p_tenant_id);
begin
    if v_from is not null then
        return query
        select distinct e.transaction_id
        from analytics.ledger_entry e
        where e.tenant_id = p_tenant_id and e.day < v_from
            and e.transaction_id = any(p_transactions)
            and not exists (
                select from analytics.ledger_entry o
                where o.tenant_id = p_tenant_id and o.transaction_id = e.transaction_id and o.entry_no = 0 and o.day >= v_from
            );
    end if;
end
$$;
