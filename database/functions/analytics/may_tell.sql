-- Whether attribution_of may find something in a row: a check that costs a tenth of it, and is true for all rows in
-- which it does. Most rows only moved on within their site. One plain expression, so that it is inlined.
create or replace function analytics.may_tell(p_extra jsonb, p_page_location text)
returns boolean
language sql immutable parallel safe
as $$
    select p_extra ?| array['session_traffic_source_last_click', 'collected_traffic_source']
        or p_extra -> 'params' ?| array['source', 'medium', 'campaign', 'gclid', 'gbraid', 'wbraid']
        or strpos(p_page_location, 'utm_') > 0
        or strpos(p_page_location, 'clid=') > 0
        or strpos(p_page_location, 'braid=') > 0
        or split_part(coalesce(p_extra -> 'params' ->> 'page_referrer', p_extra ->> 'page_referrer', p_page_location), '/', 3)
        is distinct from split_part(p_page_location, '/', 3)
$$;
