-- Reads the leads of the dirty days, each with what its signed contracts brought, and the kinds that there are of them: all
-- that a platform, channel and campaign hang on.
create or replace function analytics.refresh_read_leads(p_tenant_id uuid, p_time_zone text, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := array(select d.day from pg_temp.lead_day d);
begin
    with raw as materialized (
        select l.lead_id, l.created_day, l.created_at, l.product_id, l.product_name, l.location_id,
            coalesce(l.platform, '') as override, coalesce(l.gclid, l.gbraid, l.wbraid) is not null as has_google_click,
            coalesce(l.fbclid, l.fbc) is not null as has_meta_click, lower(left(coalesce(l.utm_source, ''), 300)) as utm_source,
            lower(coalesce(l.utm_medium, '')) as utm_medium, lower(coalesce(l.utm_campaign, '')) as utm_campaign,
            lower(coalesce(l.utm_id, '')) as utm_id,
            case
                when l.referrer is null or l.utm_source is not null then ''
                else coalesce(substring(lower(l.referrer) from '^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#]+)'), '')
            end as host,
            coalesce(l.is_paid, false) as is_flagged
        from data.lead l
        where l.tenant_id = p_tenant_id and l.created_day = any(v_days)
    ),
    signed as (
        select c.lead_id, c.amount,
            case
                when coalesce(upper(c.currency), p_currency) = p_currency then 1
                else analytics.rate_of(p_tenant_id, upper(c.currency), p_currency, c.signed_day)
            end as rate
        from raw r
        inner join data.contract c on c.tenant_id = p_tenant_id and c.lead_id = r.lead_id and c.status = 'signed'
    ),
    won as (
        select s.lead_id, count(*) as contracts, coalesce(sum(s.amount * s.rate), 0) as revenue,
            bool_or(s.rate is null) as lacks_rate
        from signed s
        group by s.lead_id
    )
    insert into pg_temp.lead_row (
        kind_id, day, lead_id, hour, override, has_google_click, has_meta_click, utm_source, utm_medium, utm_campaign, utm_id,
        host, is_flagged, product_id, product_name, location_id, contracts, revenue, lacks_rate
    )
    select
        hash_record_extended((
            r.override, r.has_google_click, r.has_meta_click, r.utm_source, r.utm_medium, r.utm_campaign, r.utm_id, r.host,
            r.is_flagged
        ), 0),
        r.created_day, r.lead_id, date_trunc('hour', r.created_at, p_time_zone), r.override, r.has_google_click,
        r.has_meta_click, r.utm_source, r.utm_medium, r.utm_campaign, r.utm_id, r.host, r.is_flagged, r.product_id,
        r.product_name, r.location_id, coalesce(w.contracts, 0), coalesce(w.revenue, 0), coalesce(w.lacks_rate, false)
    from raw r
    left join won w on w.lead_id = r.lead_id;
end
$$;
