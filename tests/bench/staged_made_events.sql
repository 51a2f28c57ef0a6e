-- The rows of `made` as the data service stages them: the columns of its StagedEvent, as text.
select
    case kind
        when 'page_view' then '0' when 'view_item' then '1' when 'add_to_cart' then '2' when 'purchase' then '3'
        when 'view_search_results' then '4' when 'no_search_results' then '5' else '6'
    end,
    (extract(epoch from event_ts) * 1000000)::bigint::text, replace(event_id::text, '-', ''),
    user_pseudo_id, coalesce(user_id, ''), session_id, location_id, '', '',
    case
        when kind = 'page_view' then '' when kind in ('view_item', 'add_to_cart') then ''
        when kind = 'purchase' then event_id::text when kind like '%search_results' then 'term ' || product
        else kind
    end,
    case when kind = 'purchase' then product::text else '' end, '',
    case when kind = 'page_view' or kind like '%search_results' then '' else items::text end,
    extra::text
from made order by event_ts
