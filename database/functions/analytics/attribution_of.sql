-- Where an event's row says that its visit came from: {source, medium, campaign}. Null: it does not say. All of them
-- null: directly, by GA4's own word. The first of these that says something counts (docs/decisions/0026): GA4's word on
-- the whole session, a click id of Google's, what GA4 collected with the hit, the params, the page's utm_*, another
-- site's referrer.
create or replace function analytics.attribution_of(p_extra jsonb, p_page_location text)
returns text[]
language plpgsql immutable parallel safe
as $$
declare
    v_params jsonb := p_extra -> 'params';
    v_session jsonb := p_extra -> 'session_traffic_source_last_click';
    v_collected jsonb := p_extra -> 'collected_traffic_source';
    v_query text;
    v_utm text [];
    v_found text [];
    v_manual text [];
    v_referrer text;
    v_site text;
    v_own_site text;
begin
    if v_session is not null then
        if v_session #>> '{cross_channel_campaign,source}' <> '' then
            v_session := v_session -> 'cross_channel_campaign';
        elsif coalesce(v_session #>> '{google_ads_campaign,customer_id}', v_session #>> '{google_ads_campaign,campaign_id}')
            <> ''
        then
            return array['google', 'cpc', analytics.told_name(v_session #>> '{google_ads_campaign,campaign_name}')];
        else
            v_session := v_session -> 'manual_campaign';
        end if;
        if v_session ->> 'source' <> '' then
            return array[
                analytics.told_name(v_session ->> 'source'), analytics.told_name(v_session ->> 'medium'),
                analytics.told_name(v_session ->> 'campaign_name')
            ];
        end if;
    end if;

    v_query := translate(p_page_location, '?#', '&&');
    if strpos(v_query, '&utm_') > 0 then
        v_utm := array[
            analytics.told_name(analytics.url_decoded(split_part(split_part(v_query, '&utm_source=', 2), '&', 1))),
            analytics.told_name(analytics.url_decoded(split_part(split_part(v_query, '&utm_medium=', 2), '&', 1))),
            analytics.told_name(analytics.url_decoded(split_part(split_part(v_query, '&utm_campaign=', 2), '&', 1)))
        ];
    end if;
    if v_params ?| array['source', 'medium', 'campaign'] then
        v_found := array[
            analytics.told_name(v_params ->> 'source'), analytics.told_name(v_params ->> 'medium'),
            analytics.told_name(v_params ->> 'campaign')
        ];
    end if;
    if coalesce(v_collected ->> 'gclid', v_params ->> 'gclid', v_params ->> 'gbraid', v_params ->> 'wbraid') <> ''
        or split_part(split_part(v_query, '&gclid=', 2), '&', 1) <> ''
        or split_part(split_part(v_query, '&gbraid=', 2), '&', 1) <> ''
        or split_part(split_part(v_query, '&wbraid=', 2), '&', 1) <> ''
    then
        return array['google', 'cpc', coalesce(
            analytics.told_name(v_collected ->> 'manual_campaign_name'), v_found[3], v_utm[3]
        )];
    end if;
    if v_collected is not null then
        v_manual := array[
            analytics.told_name(v_collected ->> 'manual_source'), analytics.told_name(v_collected ->> 'manual_medium'),
            analytics.told_name(v_collected ->> 'manual_campaign_name')
        ];
        if coalesce(v_manual[1], v_manual[2], v_manual[3]) is not null then
            return v_manual;
        end if;
    end if;
    if coalesce(v_found[1], v_found[2], v_found[3]) is not null then
        return v_found;
    end if;
    if coalesce(v_utm[1], v_utm[2], v_utm[3]) is not null then
        return v_utm;
    end if;

    v_referrer := coalesce(v_params ->> 'page_referrer', p_extra ->> 'page_referrer');
    if v_referrer is null or v_params ->> 'ignore_referrer' = 'true' then
        return null;
    end if;
    v_site := analytics.site_of(v_referrer);
    v_own_site := coalesce(analytics.site_of(p_page_location), '');
    -- shop.example and pay.shop.example belong to one company.
    if v_site = '' or v_site = v_own_site
        or (v_own_site <> '' and (
            right(v_site, length(v_own_site) + 1) = '.' || v_own_site
            or right(v_own_site, length(v_site) + 1) = '.' || v_site
        ))
    then
        return null;
    end if;
    return array[left(v_site, 300), 'referral', null];
end
$$;
