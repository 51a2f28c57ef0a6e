-- Adds to ledger_order the transactions whose entries may differ because their user's visits changed, words mean
-- another campaign, or leads and contracts were added, moved or removed; with p_everything all there are, and all days
-- to ledger_day. Transactions that changed themselves, and those whose refunds did, are there already.
create or replace function analytics.refresh_ledger_orders(p_tenant_id uuid, p_everything boolean)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if p_everything then
        insert into pg_temp.ledger_order
        select s.transaction_id from analytics.sale s where s.tenant_id = p_tenant_id
        union
        select e.transaction_id from analytics.ledger_entry e where e.tenant_id = p_tenant_id;
        insert into pg_temp.ledger_day
        select e.day from analytics.ledger_entry e where e.tenant_id = p_tenant_id
        union
        select t.day from analytics.ledger_total t where t.tenant_id = p_tenant_id
        union
        select r.day from analytics.v6_campaign_roi_daily r where r.tenant_id = p_tenant_id;
        return;
    end if;
    -- Looked up by key one by one, because few users buy. From a day earlier, since no time zone is that far from UTC.
    insert into pg_temp.ledger_order
    select s.transaction_id
    from pg_temp.changed_user c
    cross join lateral (
        select x.transaction_id from analytics.sale x
        where x.tenant_id = p_tenant_id and x.u = c.u and x.event_ts >= (c.since - 1)::timestamp at time zone 'UTC'
        offset 0
    ) s;

    insert into pg_temp.ledger_order
    select w.transaction_id
    from (
        select distinct md5(concat_ws(E'\x1f', c.platform, c.word))::uuid as word_id
        from pg_temp.changed_word c
        where c.kind in ('id', 'name')
    ) n
    inner join analytics.ledger_word w on w.tenant_id = p_tenant_id and w.word_id = n.word_id;

    -- An order may have become a lead's contract, or be one no longer.
    insert into pg_temp.ledger_order
    select e.transaction_id
    from pg_temp.lead_day d
    inner join analytics.ledger_entry e on e.tenant_id = p_tenant_id and e.lead_day = d.day;
    insert into pg_temp.ledger_order
    select s.transaction_id
    from pg_temp.lead_day d
    inner join analytics.fact_leads f on f.tenant_id = p_tenant_id and f.day = d.day and f.contracts > 0
    cross join lateral (
        select x.transaction_id
        from data.contract c
        inner join analytics.sale x on x.tenant_id = p_tenant_id and x.transaction_id = c.contract_id
        where c.tenant_id = p_tenant_id and c.lead_id = f.lead_id and c.status = 'signed'
        offset 0
    ) s;
end
$$;
