-- Reads the leads of the dirty days, each with what its signed contracts brought, and the kinds that there are of them: all
-- that a platform, channel and campaign hang on. lead_id is kept where some of a lead's money has no rate.
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
            coalesce(l.fbclid, l.fbc) is not null as has_meta_click, lower(coalesce(l.utm_source, '')) as utm_source,
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
    named as materialized (
        select r.*, md5(concat_ws(
            E'\x1f', r.override, r.has_google_click, r.has_meta_click, r.utm_source, r.utm_medium, r.utm_campaign,
            r.utm_id, r.host, r.is_flagged
        ))::uuid as kind_id
        from raw r
    ),
    kinds as (
        insert into pg_temp.lead_kind (
            kind_id, override, has_google_click, has_meta_click, utm_source, utm_medium, utm_campaign, utm_id, host,
            is_flagged
        )
        select distinct on (n.kind_id) n.kind_id, n.override, n.has_google_click, n.has_meta_click, n.utm_source,
            n.utm_medium, n.utm_campaign, n.utm_id, n.host, n.is_flagged
        from named n
        order by n.kind_id
    ),
    signed as (
        select c.lead_id, c.amount,
            case
                when coalesce(upper(c.currency), p_currency) = p_currency then 1
                else analytics.rate_of(p_tenant_id, upper(c.currency), p_currency, c.signed_day)
            end as rate
        from named n
        inner join data.contract c on c.tenant_id = p_tenant_id and c.lead_id = n.lead_id and c.status = 'signed'
    ),
    won as (
        select s.lead_id, count(*) as contracts, coalesce(sum(s.amount * s.rate), 0) as revenue,
            bool_or(s.rate is null) as lacks_rate
        from signed s
        group by s.lead_id
    )
    insert into pg_temp.lead_row (kind_id, day, hour, product_id, product_name, location_id, contracts, revenue, lead_id)
    select n.kind_id, n.created_day, date_trunc('hour', n.created_at, p_time_zone), n.product_id, n.product_name,
        n.location_id, coalesce(w.contracts, 0), coalesce(w.revenue, 0), case when w.lacks_rate then n.lead_id end
    from named n
    left join won w on w.lead_id = n.lead_id;
    perform analytics.analyze_working_table('lead_row');

    update pg_temp.lead_kind k
    set
        platform = analytics.platform_of(k.override, k.has_google_click, k.has_meta_click, k.utm_source, k.host),
        is_paid = k.has_google_click or k.has_meta_click or k.is_flagged
            or exists (select from analytics.paid_medium m where m.medium = k.utm_medium),
        channel = case
            when k.has_google_click then analytics.channel_of('google', 'cpc', k.utm_campaign)
            when k.has_meta_click then analytics.channel_of('facebook', 'paid_social', k.utm_campaign)
            when k.utm_source <> '' or k.host = '' then analytics.channel_of(k.utm_source, k.utm_medium, k.utm_campaign)
            else analytics.channel_of(k.host, 'referral', k.utm_campaign)
        end;
    update pg_temp.lead_kind k
    set campaign_ref = coalesce(
        (
            select w.campaign_ref from analytics.campaign_word w
            where w.tenant_id = p_tenant_id and w.word_id = md5(concat_ws(E'\x1f', k.platform, 'id', k.utm_id))::uuid
        ),
        (
            select w.campaign_ref from analytics.campaign_word w
            where w.tenant_id = p_tenant_id and w.word_id = md5(concat_ws(E'\x1f', k.platform, 'name', k.utm_campaign))::uuid
        ),
        ''
    );
end
$$;
