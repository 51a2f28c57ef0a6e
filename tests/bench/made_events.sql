-- A shop's events in a temporary table `made`: sessions of 3 to 13 rows on devices of which some are used often, two
-- thirds of them signed in on most days, three fifths of the visits from somewhere, 12 branches.
create temp table made on commit drop as
select
    hit.*, gen_random_uuid() as event_id,
    case
        when hit.dice < 0.6 then 'page_view' when hit.dice < 0.8 then 'view_item'
        when hit.dice < 0.9 then 'view_search_results' when hit.dice < 0.92 then 'no_search_results'
        when hit.dice < 0.96 then 'add_to_cart' when hit.dice < 0.965 then 'remove_from_cart'
        when hit.dice < 0.98 then 'purchase' else 'session_start'
    end as kind,
    jsonb_build_array(jsonb_build_object(
        'item_id', 'P' || hit.product, 'item_name', 'Product ' || hit.product, 'price', 1 + hit.product % 97,
        'quantity', 1 + hit.product % 5
    )) as items,
    jsonb_build_object(
        'params', jsonb_build_object('engagement_time_msec', hit.product * 7, 'page_referrer', 'https://shop.example/')
        || case when hit.way is null then '{{}}' else jsonb_build_object(
            'source', (array['google', 'facebook', 'newsletter', 'tiktok'])[hit.way % 4 + 1],
            'medium', (array['cpc', 'paid-social', 'email', 'referral', 'organic'])[hit.way % 5 + 1],
            'campaign', 'Campaign ' || hit.way
        ) end,
        'device', jsonb_build_object('category', 'desktop', 'browser', 'Firefox'),
        'geo', jsonb_build_object('country', 'United States', 'city', 'Omaha')
    ) as extra
from (
    select
        visit.device as user_pseudo_id, visit.session_id, visit.location_id,
        visit.begun + row.number * interval '47 seconds' as event_ts, random() as dice,
        floor(random() * 500)::integer as product,
        case when row.number = 1 and visit.way < 60 then visit.way end as way,
        case when abs(hashtext(visit.device)) % 3 <> 0 and row.number > 2 then 'u' || substr(visit.device, 2) end as user_id
    from (
        select
            'd' || floor(power(random(), 1.5) * 25000)::integer as device,
            floor(random() * 1e15)::bigint::text as session_id,
            'L' || lpad((1 + floor(random() * 12))::text, 2, '0') as location_id,
            '{begin}+00'::timestamptz + random() * {days} * interval '1 day' as begun,
            (3 + floor(random() * 11))::integer as rows, floor(random() * 100)::integer as way
        from generate_series(1, {events} / 8)
    ) as visit
    cross join lateral generate_series(1, visit.rows) as row (number)
) as hit
order by hit.event_ts
