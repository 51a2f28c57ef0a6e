-- Brings the refunds of the spans up to date; the transactions that they name, and named before, are dirty in the ledger.
create or replace function analytics.refresh_refunds(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with gone as (
        delete from analytics.refund r
        using pg_temp.dirty_span d
        where r.tenant_id = p_tenant_id and r.user_pseudo_id = d.device and r.event_ts >= d.lo and r.event_ts < d.hi
            and (d.device <> '' or coalesce(r.user_id, '') = d.owner)
        returning r.transaction_id
    )
    insert into pg_temp.ledger_order select g.transaction_id from gone g;

    with added as (
        insert into analytics.refund (
            tenant_id, event_ts, event_id, user_pseudo_id, user_id, transaction_id, amount, currency
        )
        select p_tenant_id, r.event_ts, r.event_id, r.device, r.user_id, r.transaction_id, r.amount, upper(r.currency)
        from pg_temp.event_row r
        where r.kind = 'refund' and r.transaction_id is not null
        returning transaction_id
    )
    insert into pg_temp.ledger_order select a.transaction_id from added a;
end
$$;
