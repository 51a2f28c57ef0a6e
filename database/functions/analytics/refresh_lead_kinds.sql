-- Gives the kinds of leads that were read their platform, channel and campaign, by the present rules and words.
create or replace function analytics.refresh_lead_kinds(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands. Words
-- are looked up one by one, because a company may have many more of them than its leads name.
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
    insert into pg_temp.lead_kind (
        kind_id, platform, channel, is_paid, campaign_ref, utm_source, utm_campaign, utm_id, campaign_id
    )
    with sample as materialized (
        select r.kind_id, min(r.lead_id) as lead_id from pg_temp.lead_row r group by r.kind_id
    ),
    kind as materialized (
        select k.*,
            -- A click id decides source and medium, whatever the link says.
            case
                when k.has_google_click then 'google'
                when k.has_meta_click then 'facebook'
                -- The referrer counts if the link says nothing, as for a session (attribution_of).
                when k.utm_source = '' and k.utm_medium = '' and k.utm_campaign = '' and k.host <> ''
                    then regexp_replace(k.host, '^www\.', '')
                else k.utm_source
            end as source,
            case
                when k.has_google_click then 'cpc'
                when k.has_meta_click then 'paid_social'
                when k.utm_source = '' and k.utm_medium = '' and k.utm_campaign = '' and k.host <> '' then 'referral'
                else k.utm_medium
            end as medium
        from (
            select r.kind_id, coalesce(l.platform, '') as override,
                coalesce(l.gclid, l.gbraid, l.wbraid) is not null as has_google_click,
                coalesce(l.fbclid, l.fbc) is not null as has_meta_click,
                lower(left(coalesce(l.utm_source, ''), 300)) as utm_source, lower(coalesce(l.utm_medium, '')) as utm_medium,
                lower(coalesce(l.utm_campaign, '')) as utm_campaign, lower(coalesce(l.utm_id, '')) as utm_id,
                coalesce(
                    substring(lower(l.referrer) from '^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#]+)'), ''
                ) as host,
                coalesce(l.is_paid, false) as is_flagged
            from sample r
            inner join (
                select x.lead_id, x.platform, x.gclid, x.gbraid, x.wbraid, x.fbclid, x.fbc, x.utm_source, x.utm_medium,
                    x.utm_campaign, x.utm_id, case when x.utm_source is null then x.referrer end as referrer, x.is_paid
                from data.lead x
                where x.tenant_id = p_tenant_id and x.lead_id = any(array(select o.lead_id from sample o))
            ) l on l.lead_id = r.lead_id
        ) k
    ),
    -- Rules match patterns, which is slow, so they are applied once to each group of campaigns that they cannot tell
    -- apart: those that are empty or not, and match the same patterns.
    pattern as materialized (
        select distinct r.campaign_pattern from analytics.channel_rule r where r.campaign_pattern is not null
    ),
    campaign as materialized (
        select c.utm_campaign,
            concat(
                btrim(c.utm_campaign) in ('', '(none)', '(not set)', '(direct)'),
                array(select p.campaign_pattern from pattern p where btrim(c.utm_campaign) ~ p.campaign_pattern)
            ) as sort
        from (select distinct k.utm_campaign from kind k) c
    ),
    channel as materialized (
        select s.source, s.medium, s.sort, analytics.channel_of(s.source, s.medium, s.utm_campaign) as channel
        from (
            select k.source, k.medium, c.sort, min(k.utm_campaign) as utm_campaign
            from kind k
            inner join campaign c on c.utm_campaign = k.utm_campaign
            group by k.source, k.medium, c.sort
        ) s
    ),
    origin as materialized (
        select o.*,
            analytics.platform_of(o.override, o.has_google_click, o.has_meta_click, o.utm_source, o.host) as platform
        from (select distinct k.override, k.has_google_click, k.has_meta_click, k.utm_source, k.host from kind k) o
    ),
    named as materialized (
        select k.*, o.platform, h.channel, md5(concat_ws(E'\x1f', o.platform, 'id', k.utm_id))::uuid as id_word,
            md5(concat_ws(E'\x1f', o.platform, 'name', k.utm_campaign))::uuid as name_word
        from kind k
        inner join origin o
            on o.override = k.override and o.has_google_click = k.has_google_click
            and o.has_meta_click = k.has_meta_click and o.utm_source = k.utm_source and o.host = k.host
        inner join campaign c on c.utm_campaign = k.utm_campaign
        inner join channel h on h.source = k.source and h.medium = k.medium and h.sort = c.sort
    ),
    meant as materialized (
        select w.word_id, w.campaign_ref
        from analytics.campaign_word w
        where w.tenant_id = p_tenant_id
            and w.word_id = any(array(select x.id_word from named x union select x.name_word from named x))
    )
    select c.kind_id, c.platform, c.channel, c.is_paid, c.campaign_ref, c.utm_source, c.utm_campaign, c.utm_id,
        min(c.kind_id) over (partition by c.platform, c.campaign_ref)
    from (
        select n.kind_id, n.platform, n.channel,
            n.has_google_click or n.has_meta_click or n.is_flagged
            or exists (select from analytics.paid_medium m where m.medium = n.utm_medium) as is_paid,
            coalesce(i.campaign_ref, w.campaign_ref, '') as campaign_ref, n.utm_source, n.utm_campaign, n.utm_id
        from named n
        left join meant i on i.word_id = n.id_word
        left join meant w on w.word_id = n.name_word
    ) c;
end
$$;
