-- Every stored event of a tenant in [p_from, p_to), in one shape for all seven tables; amount and items if they matter,
-- and whether the row may say where its visit came from. Written as one plain SELECT so that the planner can inline it
-- and join by the device index.
create or replace function analytics.event_rows(p_tenant_id uuid, p_from timestamptz, p_to timestamptz)
returns table (
    kind text, event_ts timestamptz, event_id uuid, user_pseudo_id text, user_id text, session_id text,
    location_id text, search_term text, transaction_id text, amount numeric, currency text, items jsonb,
    may_tell boolean
)
language sql stable
as $$
    select 'page_view', e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,
        e.location_id, null::text, null::text, null::numeric, null::text, null::jsonb,
        analytics.may_tell(e.extra, e.page_location)
    from data.page_view e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
    union all
    select 'view_item', e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,
        e.location_id, null::text, null::text, null::numeric, null::text, e.items,
        analytics.may_tell(e.extra, e.page_location)
    from data.view_item e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
    union all
    select 'add_to_cart', e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,
        e.location_id, null::text, null::text, e.value, e.currency, e.items,
        analytics.may_tell(e.extra, e.page_location)
    from data.add_to_cart e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
    union all
    select 'purchase', e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,
        e.location_id, null::text, e.transaction_id, null::numeric, null::text, null::jsonb,
        analytics.may_tell(e.extra, e.page_location)
    from data.purchase e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
    union all
    select 'view_search_results', e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,
        e.location_id, e.search_term, null::text, null::numeric, null::text, null::jsonb,
        analytics.may_tell(e.extra, e.page_location)
    from data.view_search_results e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
    union all
    select 'no_search_results', e.event_ts, e.event_id, e.user_pseudo_id, e.user_id, e.session_id,
        e.location_id, e.search_term, null::text, null::numeric, null::text, null::jsonb,
        analytics.may_tell(e.extra, e.page_location)
    from data.no_search_results e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
    union all
    select case when e.event_name in ('remove_from_cart', 'refund') then e.event_name else 'other' end, e.event_ts, e.event_id,
        e.user_pseudo_id, e.user_id, e.session_id, e.location_id, null::text,
        case
            when e.event_name = 'refund'
                then coalesce(e.extra -> 'params' ->> 'transaction_id', e.extra -> 'ecommerce' ->> 'transaction_id')
        end,
        case when e.event_name = 'refund' then analytics.refund_amount(e.value, e.extra, e.items) end,
        case when e.event_name = 'refund' then e.currency end,
        case when e.event_name = 'remove_from_cart' then e.items end,
        analytics.may_tell(e.extra, e.page_location)
    from data.other_event e
    where e.tenant_id = p_tenant_id and e.event_ts >= p_from and e.event_ts < p_to
$$;
