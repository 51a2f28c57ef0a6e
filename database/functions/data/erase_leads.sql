-- Removes an erasure's user from the leads with their address or number, and from the other contents of contracts. The
-- lead stays as a number: when it came, from where, for what, and that there was a click id, which decides its
-- platform. From a lead with another address only the number is removed: it is shared with somebody else. Returns
-- counts by name.
create or replace function data.erase_leads(p_tenant_id uuid, p_erasure_id uuid)
returns table (name text, rows bigint)
language plpgsql
as $$
begin
    perform data.take_lead_turn(p_tenant_id);
    return query
    with matching as materialized (
        select l.lead_id, coalesce(lower(btrim(l.email)) = any(x.emails), true) or btrim(l.email) = '' as is_theirs
        from data.erasure x
        inner join data.lead l on l.tenant_id = p_tenant_id
        -- Normalized once, because it is compared with several numbers.
        cross join lateral (select data.phone_number(l.phone) as number offset 0) w
        where x.tenant_id = p_tenant_id and x.erasure_id = p_erasure_id
            and (
                lower(btrim(l.email)) = any(x.emails)
                or exists (select from unnest(x.phones) as p (phone) where data.is_same_number(w.number, p.phone))
            )
    ),
    leads as (
        update data.lead l
        set name = null, email = null, phone = null, attributes = '{}', updated_at = now(),
            gclid = case when l.gclid is not null then 'erased' end,
            gbraid = case when l.gbraid is not null then 'erased' end,
            wbraid = case when l.wbraid is not null then 'erased' end,
            fbclid = case when l.fbclid is not null then 'erased' end,
            fbc = case when l.fbc is not null then 'erased' end,
            referrer = substring(l.referrer from '^(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?[^/?#]*')
        from matching m
        where l.tenant_id = p_tenant_id and l.lead_id = m.lead_id and m.is_theirs
        returning 1
    ),
    numbers as (
        update data.lead l set phone = null, updated_at = now()
        from matching m
        where l.tenant_id = p_tenant_id and l.lead_id = m.lead_id and not m.is_theirs
        returning 1
    ),
    contracts as (
        update data.contract c set attributes = '{}', updated_at = now()
        from matching m
        where c.tenant_id = p_tenant_id and c.lead_id = m.lead_id and m.is_theirs and c.attributes <> '{}'
        returning 1
    )
    select 'lead_blanked', count(*) from leads
    union all select 'lead_phone_blanked', count(*) from numbers
    union all select 'contract_blanked', count(*) from contracts;
end
$$;
