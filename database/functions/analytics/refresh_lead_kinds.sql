-- Gives the kinds of leads that were read their platform, channel and campaign, by the rules and words there are.
create or replace function analytics.refresh_lead_kinds(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.lead_kind (kind_id, platform, channel, is_paid, campaign_ref)
    with kind as materialized (
        select distinct on (r.kind_id) r.*
        from pg_temp.lead_row r
        order by r.kind_id
    ),
    placed as materialized (
        select k.kind_id, k.utm_campaign, k.utm_id,
            analytics.platform_of(k.override, k.has_google_click, k.has_meta_click, k.utm_source, k.host) as platform,
            k.has_google_click or k.has_meta_click or k.is_flagged
            or exists (select from analytics.paid_medium m where m.medium = k.utm_medium) as is_paid,
            -- A click id says what source and medium are, whatever the link says.
            case
                when k.has_google_click then analytics.channel_of('google', 'cpc', k.utm_campaign)
                when k.has_meta_click then analytics.channel_of('facebook', 'paid_social', k.utm_campaign)
                -- Who linked counts where the link says nothing, as for a session (attribution_of).
                when k.utm_source = '' and k.utm_medium = '' and k.utm_campaign = '' and k.host <> ''
                    then analytics.channel_of(regexp_replace(k.host, '^www\.', ''), 'referral', '')
                else analytics.channel_of(k.utm_source, k.utm_medium, k.utm_campaign)
            end as channel
        from kind k
    )
    select p.kind_id, p.platform, p.channel, p.is_paid, coalesce(i.campaign_ref, n.campaign_ref, '')
    from placed p
    left join analytics.campaign_word i
        on i.tenant_id = p_tenant_id and i.word_id = md5(concat_ws(E'\x1f', p.platform, 'id', p.utm_id))::uuid
    left join analytics.campaign_word n
        on n.tenant_id = p_tenant_id and n.word_id = md5(concat_ws(E'\x1f', p.platform, 'name', p.utm_campaign))::uuid;
end
$$;
