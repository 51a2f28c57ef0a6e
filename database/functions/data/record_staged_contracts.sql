-- Puts the rows that COPY brought into pg_temp.staged_contract (services/data_service/store/events/staging.py) into
-- data.contract: one whose id is there already is brought up to date, the same one changes nothing. The caller stages
-- an id once.
-- A row that an upsert has just made carries no lock yet, one that it changed carries its own: that tells them apart.
create or replace function data.record_staged_contracts(p_tenant_id uuid)
returns table (new_rows bigint, changed_rows bigint)
language plpgsql
as $$
begin
    return query
    with recorded as (
        insert into data.contract as r (
            tenant_id, updated_at,
            contract_id, lead_id, signed_day, signed_at, amount, currency, status, attributes
        )
        select
            p_tenant_id, now(),
            s.contract_id, s.lead_id, s.signed_day, s.signed_at, s.amount, s.currency, s.status, s.attributes
        from pg_temp.staged_contract s
        order by s.contract_id
        on conflict (tenant_id, contract_id) do update set
            lead_id = excluded.lead_id, signed_day = excluded.signed_day, signed_at = excluded.signed_at,
            amount = excluded.amount, currency = excluded.currency, status = excluded.status,
            attributes = excluded.attributes, updated_at = excluded.updated_at
        where (
            r.lead_id, r.signed_day, r.signed_at, r.amount, r.currency, r.status, r.attributes
        ) is distinct from (
            excluded.lead_id, excluded.signed_day, excluded.signed_at, excluded.amount, excluded.currency,
            excluded.status, excluded.attributes
        )
        returning xmax = 0 as is_new
    )
    select count(*) filter (where d.is_new), count(*) filter (where not d.is_new) from recorded d;
end
$$;
