-- Reads the leads of the dirty days, each with its kind: everything as reported that platform, channel and campaign
-- depend on; refresh_lead_kinds reads that from one lead of a kind, in the same way. Records for which days something
-- may be stored already.
create or replace function analytics.refresh_read_leads(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_days date[] := array(select d.day from pg_temp.lead_day d);
begin
    update pg_temp.lead_day d
    set had_leads = true
    where exists (select from analytics.fact_leads f where f.tenant_id = p_tenant_id and f.day = d.day offset 0)
        or exists (select from pg_temp.rebuilt_month m where m.month = date_trunc('month', d.day::timestamp));

    -- Hours are counted from the beginning of the day, which is faster than converting the time of each lead. That is
    -- not possible on days when the clock changes by half an hour.
    with span as materialized (
        select s.day, date_trunc('month', s.day::timestamp)::date as month, s.starts_at,
            mod(extract(epoch from s.ends_at - s.starts_at)::integer, 3600) = 0 as has_whole_hours
        from (
            select d.day, auth.day_start(d.day, p_time_zone) as starts_at, auth.day_start(d.day + 1, p_time_zone) as ends_at
            from pg_temp.lead_day d
        ) s
    ),
    raw as (
        select l.created_day, l.created_at, l.lead_id, l.location_id, l.product_id, l.product_name, l.platform,
            coalesce(l.gclid, l.gbraid, l.wbraid) is not null as has_google_click,
            coalesce(l.fbclid, l.fbc) is not null as has_meta_click, l.utm_source, l.utm_medium, l.utm_campaign, l.utm_id,
            -- The referrer matters only without a source.
            case when l.utm_source is null then l.referrer end as referrer, l.is_paid
        from data.lead l
        where l.tenant_id = p_tenant_id and l.created_day = any(v_days)
    )
    insert into pg_temp.lead_row (
        kind_id, day, month, hour, contracts, lacks_rate, revenue, lead_id, location_id, product_id, product_name
    )
    select
        hash_record_extended((
            r.platform, r.has_google_click, r.has_meta_click, r.utm_source, r.utm_medium, r.utm_campaign, r.utm_id,
            r.referrer, r.is_paid
        ), 0),
        r.created_day, s.month,
        case
            when s.has_whole_hours then date_bin('1 hour', r.created_at, s.starts_at)
            else date_trunc('hour', r.created_at, p_time_zone)
        end,
        0, false, 0, r.lead_id, r.location_id, r.product_id, r.product_name
    from raw r
    inner join span s on s.day = r.created_day;
end
$$;
