-- Moves the rows that COPY brought into pg_temp.staged_lead (services/data_service/store/events/staging.py) into
-- data.lead: one whose id exists is updated, an identical one changes nothing. The caller stages an id once. A row that
-- an upsert has just inserted carries no lock yet, one that it updated carries its own: that tells them apart. Also
-- returns the created days of those that are new or changed, including the days that they were on before.
create or replace function data.record_staged_leads(p_tenant_id uuid)
returns table (new_rows bigint, changed_rows bigint, lead_days date[])
language plpgsql
as $$
declare
    v_time_zone text;
begin
    perform data.take_lead_turn(p_tenant_id);
    -- Read after taking the turn: whoever moves the days after a change of the zone then comes after us.
    v_time_zone := (select t.time_zone from auth.tenant t where t.tenant_id = p_tenant_id);

    return query
    with recorded as (
        insert into data.lead as r (
            tenant_id, updated_at,
            lead_id, created_day, created_at, name, email, phone, utm_source, utm_medium, utm_campaign, utm_id,
            utm_term, utm_content, gclid, gbraid, wbraid, fbclid, fbc, referrer, product_id, product_name,
            location_id, is_paid, platform, attributes
        )
        select
            p_tenant_id, now(),
            s.lead_id, data.day_of(s.created_at, s.created_day, v_time_zone), s.created_at, s.name, s.email, s.phone, s.utm_source, s.utm_medium,
            s.utm_campaign, s.utm_id, s.utm_term, s.utm_content, s.gclid, s.gbraid, s.wbraid, s.fbclid, s.fbc,
            s.referrer, s.product_id, s.product_name, s.location_id, s.is_paid, s.platform, s.attributes
        from pg_temp.staged_lead s
        order by s.lead_id
        on conflict (tenant_id, lead_id) do update set
            created_day = excluded.created_day, created_at = excluded.created_at, name = excluded.name,
            email = excluded.email, phone = excluded.phone, utm_source = excluded.utm_source,
            utm_medium = excluded.utm_medium, utm_campaign = excluded.utm_campaign, utm_id = excluded.utm_id,
            utm_term = excluded.utm_term, utm_content = excluded.utm_content, gclid = excluded.gclid,
            gbraid = excluded.gbraid, wbraid = excluded.wbraid, fbclid = excluded.fbclid, fbc = excluded.fbc,
            referrer = excluded.referrer, product_id = excluded.product_id, product_name = excluded.product_name,
            location_id = excluded.location_id, is_paid = excluded.is_paid, platform = excluded.platform,
            attributes = excluded.attributes, updated_at = excluded.updated_at
        where (
            r.created_day, r.created_at, r.name, r.email, r.phone, r.utm_source, r.utm_medium, r.utm_campaign,
            r.utm_id, r.utm_term, r.utm_content, r.gclid, r.gbraid, r.wbraid, r.fbclid, r.fbc, r.referrer,
            r.product_id, r.product_name, r.location_id, r.is_paid, r.platform, r.attributes
        ) is distinct from (
            excluded.created_day, excluded.created_at, excluded.name, excluded.email, excluded.phone,
            excluded.utm_source, excluded.utm_medium, excluded.utm_campaign, excluded.utm_id, excluded.utm_term,
            excluded.utm_content, excluded.gclid, excluded.gbraid, excluded.wbraid, excluded.fbclid, excluded.fbc,
            excluded.referrer, excluded.product_id, excluded.product_name, excluded.location_id, excluded.is_paid,
            excluded.platform, excluded.attributes
        )
        returning lead_id, created_day, xmax = 0 as is_new
    ),
    touched as (
        select d.created_day as day from recorded d
        union
        -- A statement sees the rows as they were before it, so this finds the former values.
        select (select l.created_day from data.lead l where l.tenant_id = p_tenant_id and l.lead_id = d.lead_id)
        from recorded d
        where not d.is_new
    )
    select
        count(*) filter (where d.is_new), count(*) filter (where not d.is_new),
        array(select t.day from touched t order by t.day)
    from recorded d;
end
$$;
