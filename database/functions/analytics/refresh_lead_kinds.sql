-- Gives the kinds of leads that were read their platform, channel and campaign, by the rules and words there are, and counts
-- how many there are of a kind on a day.
create or replace function analytics.refresh_lead_kinds(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.lead_kind (kind_id, platform, channel, is_paid, campaign_ref, utm_source, utm_campaign, utm_id)
    with kind as materialized (
        select r.kind_id, coalesce(r.override, '') as override, r.has_google_click, r.has_meta_click,
            lower(left(coalesce(r.utm_source, ''), 300)) as utm_source, lower(coalesce(r.utm_medium, '')) as utm_medium,
            lower(coalesce(r.utm_campaign, '')) as utm_campaign, lower(coalesce(r.utm_id, '')) as utm_id,
            coalesce(
                substring(lower(r.referrer) from '^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#]+)'), ''
            ) as host,
            coalesce(r.is_flagged, false) as is_flagged
        from pg_temp.lead_row r
        where r.ctid = any(array(select min(o.ctid) from pg_temp.lead_row o group by o.kind_id))
    ),
    placed as materialized (
        select k.kind_id, k.utm_source, k.utm_campaign, k.utm_id,
            analytics.platform_of(k.override, k.has_google_click, k.has_meta_click, k.utm_source, k.host) as platform,
            k.has_google_click or k.has_meta_click or k.is_flagged
            or exists (select from analytics.paid_medium m where m.medium = k.utm_medium) as is_paid,
            -- A click id says what source and medium are, whatever the link says.
            case
                when k.has_google_click then analytics.channel_of('google', 'cpc', k.utm_campaign)
                when k.has_meta_click then analytics.channel_of('facebook', 'paid_social', k.utm_campaign)
                when k.utm_source = '' and k.host <> '' then analytics.channel_of(k.host, 'referral', k.utm_campaign)
                else analytics.channel_of(k.utm_source, k.utm_medium, k.utm_campaign)
            end as channel
        from kind k
    )
    select p.kind_id, p.platform, p.channel, p.is_paid, coalesce(i.campaign_ref, n.campaign_ref, ''), p.utm_source,
        p.utm_campaign, p.utm_id
    from placed p
    left join analytics.campaign_word i
        on i.tenant_id = p_tenant_id and i.word_id = md5(concat_ws(E'\x1f', p.platform, 'id', p.utm_id))::uuid
    left join analytics.campaign_word n
        on n.tenant_id = p_tenant_id and n.word_id = md5(concat_ws(E'\x1f', p.platform, 'name', p.utm_campaign))::uuid;

    insert into pg_temp.lead_sum (day, kind_id, leads, contracts, revenue)
    select r.day, r.kind_id, count(*), sum(r.contracts), coalesce(sum(r.revenue) filter (where r.contracts > 0), 0)
    from pg_temp.lead_row r
    group by r.day, r.kind_id;
end
$$;
