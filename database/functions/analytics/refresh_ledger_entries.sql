-- Computes again what the transactions of ledger_order add to the ledger's lines, and writes those that differ; their
-- former and present days go to ledger_day. Those of a time whose events were removed stay (frozen_orders).
create or replace function analytics.refresh_ledger_entries(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_frozen text[];
begin
    with once as (
        delete from pg_temp.ledger_order returning transaction_id
    )
    insert into pg_temp.ledger_order select distinct o.transaction_id from once o;
    v_frozen := array(
        select analytics.frozen_orders(p_tenant_id, array(select o.transaction_id from pg_temp.ledger_order o))
    );
    if v_frozen <> '{}' then
        delete from pg_temp.ledger_order o where o.transaction_id = any(v_frozen);
        delete from analytics.ledger_word w where w.tenant_id = p_tenant_id and w.transaction_id = any(v_frozen);
    end if;
    perform analytics.analyze_working_table('ledger_order');
    perform analytics.refresh_ledger_places(p_tenant_id, p_currency);
    perform analytics.analyze_working_table('ledger_entry');

    with stored as materialized (
        select e.*
        from pg_temp.ledger_order o
        inner join analytics.ledger_entry e on e.tenant_id = p_tenant_id and e.transaction_id = o.transaction_id
    ),
    differs as materialized (
        (
            select n.*, true as is_new from pg_temp.ledger_entry n
            except all
            select s.transaction_id, s.entry_no, s.day, s.platform, s.campaign_ref, s.is_order, s.gross, s.refunds,
                s.moved_in, s.moved_out, s.zone_in, s.zone_out, s.shared, s.lacks_rate, s.lead_day, true
            from stored s
        )
        union all
        (
            select s.transaction_id, s.entry_no, s.day, s.platform, s.campaign_ref, s.is_order, s.gross, s.refunds,
                s.moved_in, s.moved_out, s.zone_in, s.zone_out, s.shared, s.lacks_rate, s.lead_day, false
            from stored s
            except all
            select n.*, false from pg_temp.ledger_entry n
        )
    ),
    gone as (
        delete from analytics.ledger_entry e
        using differs d
        where
            e.tenant_id = p_tenant_id and e.transaction_id = d.transaction_id and e.entry_no = d.entry_no and not d.is_new
            and not exists (
                select from differs n
                where n.is_new and n.transaction_id = d.transaction_id and n.entry_no = d.entry_no
            )
    ),
    written as (
        insert into analytics.ledger_entry as e
        select p_tenant_id, d.transaction_id, d.entry_no, d.day, d.platform, d.campaign_ref, d.is_order, d.gross,
            d.refunds, d.moved_in, d.moved_out, d.zone_in, d.zone_out, d.shared, d.lacks_rate, d.lead_day
        from differs d
        where d.is_new
        on conflict (tenant_id, transaction_id, entry_no) do update set
            day = excluded.day, platform = excluded.platform, campaign_ref = excluded.campaign_ref,
            is_order = excluded.is_order, gross = excluded.gross, refunds = excluded.refunds, moved_in = excluded.moved_in,
            moved_out = excluded.moved_out, zone_in = excluded.zone_in, zone_out = excluded.zone_out,
            shared = excluded.shared, lacks_rate = excluded.lacks_rate, lead_day = excluded.lead_day
    )
    insert into pg_temp.ledger_day select distinct d.day from differs d;

    delete from analytics.ledger_word w
    using pg_temp.ledger_order o
    where
        w.tenant_id = p_tenant_id and w.transaction_id = o.transaction_id
        and not exists (
            select from pg_temp.ledger_word n where n.transaction_id = w.transaction_id and n.word_id = w.word_id
        );
    insert into analytics.ledger_word (tenant_id, word_id, transaction_id)
    select p_tenant_id, n.word_id, n.transaction_id from pg_temp.ledger_word n
    on conflict do nothing;
end
$$;
