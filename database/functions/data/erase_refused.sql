-- Removes refused lines of files and hits, as they came, that name an erasure's user. A cell is compared as a whole
-- with their ids, and searched for their addresses and numbers; a number with or without its country's code is
-- recognised if it has a cell of its own. Returns counts by table.
create or replace function data.erase_refused(p_tenant_id uuid, p_erasure_id uuid)
returns table (name text, rows bigint)
language plpgsql
as $$
declare
    v_erasure data.erasure;
    v_ids text[];
    v_parts text[];
begin
    select * into strict v_erasure
    from data.erasure e where e.tenant_id = p_tenant_id and e.erasure_id = p_erasure_id;
    v_ids := v_erasure.user_id || v_erasure.own_devices;
    -- A line or hit may be JSON, in which an id is quoted.
    v_parts := v_erasure.emails || array(select lower(to_json(i.id)::text) from unnest(v_ids) as i (id));
    return query
    with lines as (
        delete from data.import_reject r
        where r.tenant_id = p_tenant_id and exists (
            select from unnest(r.original) as c (cell)
            where btrim(c.cell) = any(v_ids)
                or exists (select from unnest(v_parts) as p (part) where strpos(lower(c.cell), p.part) > 0)
                or exists (
                    select from unnest(v_erasure.phones) as p (phone)
                    where strpos(regexp_replace(c.cell, '[^0-9]', '', 'g'), ltrim(p.phone, '+')) > 0
                        or data.is_same_number(data.phone_number(c.cell), p.phone)
                )
        )
        returning 1
    ),
    hits as (
        delete from data.refused_hit h
        where h.tenant_id = p_tenant_id
            and exists (select from unnest(v_parts) as p (part) where strpos(lower(h.original), p.part) > 0)
        returning 1
    )
    select 'import_reject', count(*) from lines
    union all select 'refused_hit', count(*) from hits;
end
$$;
