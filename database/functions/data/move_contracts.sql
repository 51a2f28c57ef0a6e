-- Moves up to p_limit contracts, after an id, to the day of their time in the tenant's present zone. Returns the last
-- id looked at (null: there are no more), how many were looked at and how many moved, and whose those are.
create or replace function data.move_contracts(p_tenant_id uuid, p_after text, p_limit integer)
returns table (last_id text, seen_rows bigint, moved_rows bigint, lead_ids text[])
language plpgsql
as $$
declare
    v_time_zone text;
begin
    perform data.take_lead_turn(p_tenant_id);
    v_time_zone := (select t.time_zone from auth.tenant t where t.tenant_id = p_tenant_id);

    return query
    with slice as materialized (
        select
            c.contract_id, c.signed_day as day_before,
            data.day_of(c.signed_at, c.signed_day, v_time_zone) as day_now
        from data.contract c
        where c.tenant_id = p_tenant_id and c.contract_id > p_after
        order by c.contract_id
        limit p_limit
    ),
    moved as (
        update data.contract c set signed_day = s.day_now
        from slice s
        where c.tenant_id = p_tenant_id and c.contract_id = s.contract_id and s.day_before <> s.day_now
        returning c.lead_id
    )
    select
        (select max(s.contract_id) from slice s), (select count(*) from slice), (select count(*) from moved),
        array(select distinct m.lead_id from moved m order by 1);
end
$$;
