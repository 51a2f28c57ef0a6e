-- Moves the rows that COPY brought into pg_temp.staged_contract (services/data_service/store/events/staging.py) into
-- data.contract: one whose id exists is updated, an identical one changes nothing. The caller stages an id once. A row
-- that an upsert has just inserted carries no lock yet, one that it updated carries its own: that tells them apart.
-- Also returns whose contracts are new or changed, including the leads that contracts named before.
create or replace function data.record_staged_contracts(p_tenant_id uuid)
returns table (new_rows bigint, changed_rows bigint, lead_ids text[])
language plpgsql
as $$
declare
    v_time_zone text;
begin
    perform data.take_lead_turn(p_tenant_id);
    -- After taking the turn, as in data.record_staged_leads.
    v_time_zone := (select t.time_zone from auth.tenant t where t.tenant_id = p_tenant_id);

    return query
    with recorded as (
        insert into data.contract as r (
            tenant_id, updated_at,
            contract_id, lead_id, signed_day, signed_at, amount, currency, status, attributes
        )
        select
            p_tenant_id, now(),
            s.contract_id, s.lead_id, data.day_of(s.signed_at, s.signed_day, v_time_zone), s.signed_at, s.amount,
            s.currency, s.status, s.attributes
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
        returning contract_id, lead_id, xmax = 0 as is_new
    ),
    touched as (
        select d.lead_id from recorded d
        union
        -- A statement sees the rows as they were before it, so this finds the former values.
        select (
            select c.lead_id from data.contract c where c.tenant_id = p_tenant_id and c.contract_id = d.contract_id
        )
        from recorded d
        where not d.is_new
    )
    select
        count(*) filter (where d.is_new), count(*) filter (where not d.is_new),
        array(select t.lead_id from touched t order by t.lead_id)
    from recorded d;
end
$$;
