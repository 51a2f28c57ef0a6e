-- Puts the rows of `made` into the seven event tables of one tenant.
insert into data.page_view (tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra)
select '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra
from made where kind = 'page_view';

insert into data.view_item (tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra, items)
select '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra, items
from made where kind = 'view_item';

insert into data.add_to_cart (tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra, items)
select '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra, items
from made where kind = 'add_to_cart';

insert into data.purchase (
    tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra, items, transaction_id, value
)
select
    '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra, items,
    event_id::text, product
from made where kind = 'purchase';

insert into data.view_search_results (
    tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra, search_term
)
select
    '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra, 'term ' || product
from made where kind = 'view_search_results';

insert into data.no_search_results (
    tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra, search_term
)
select
    '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra, 'term ' || product
from made where kind = 'no_search_results';

insert into data.other_event (
    tenant_id, event_ts, event_id, batch_id, user_pseudo_id, user_id, session_id, location_id, road, extra, items, event_name
)
select '{tenant}', event_ts, event_id, '{batch}', user_pseudo_id, user_id, session_id, location_id, 1, extra, items, kind
from made where kind in ('remove_from_cart', 'session_start');
