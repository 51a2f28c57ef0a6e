-- Moves up to p_limit leads, after an id, to the day of their time in the tenant's present zone. Returns the last id
-- looked at (null: there are no more), how many were looked at and how many moved, and the days they moved between.
create or replace function data.move_leads(p_tenant_id uuid, p_after text, p_limit integer)
returns table (last_id text, seen_rows bigint, moved_rows bigint, lead_days date[])
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
            l.lead_id, l.created_day as day_before,
            data.day_of(l.created_at, l.created_day, v_time_zone) as day_now
        from data.lead l
        where l.tenant_id = p_tenant_id and l.lead_id > p_after
        order by l.lead_id
        limit p_limit
    ),
    moved as (
        update data.lead l set created_day = s.day_now
        from slice s
        where l.tenant_id = p_tenant_id and l.lead_id = s.lead_id and s.day_before <> s.day_now
        returning s.day_before, s.day_now
    )
    select
        (select max(s.lead_id) from slice s), (select count(*) from slice), (select count(*) from moved),
        array(select m.day_before from moved m union select m.day_now from moved m order by 1);
end
$$;
