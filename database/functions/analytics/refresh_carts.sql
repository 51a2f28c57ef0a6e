-- Computes the open carts of the dirty sessions again: what was added after the session's last purchase, less what was
-- removed since then, by item, the value pro rata; in the tenant's currency at the rates of the cart's day, which is
-- that of its last line.
create or replace function analytics.refresh_carts(p_tenant_id uuid, p_time_zone text, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with gone as (
        delete from analytics.open_cart c
        using pg_temp.dirty_session x
        where c.tenant_id = p_tenant_id and c.user_pseudo_id = x.device and c.session_id = x.session_id
        returning c.day
    )
    insert into pg_temp.changed_day select distinct g.day from gone g;

    with bought as (
        select r.device, r.session_id, max(r.event_ts) as event_ts
        from pg_temp.session_row r where r.kind = 'purchase' group by 1, 2
    ),
    open_row as (
        select r.*, b.event_ts as bought_ts, upper(coalesce(r.currency, p_currency)) as line_currency,
            coalesce(jsonb_typeof(r.items) = 'array' and jsonb_array_length(r.items) > 0, false) as has_items
        from pg_temp.session_row r
        left join bought b on b.device = r.device and b.session_id = r.session_id
        where r.kind in ('add_to_cart', 'remove_from_cart') and (b.event_ts is null or r.event_ts > b.event_ts)
    ),
    last_line as (
        select distinct on (r.device, r.session_id)
            r.device, r.session_id, r.event_ts, (r.event_ts at time zone p_time_zone)::date as day, r.user_id,
            r.location_id, r.bought_ts, coalesce(r.user_id, o.user_id, r.device) as u
        from open_row r
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = r.device
        where r.kind = 'add_to_cart'
        order by r.device, r.session_id, r.event_ts desc, r.event_id desc
    ),
    -- One line per item and currency. Quantities are also summed over all currencies, because a removal names only the
    -- item.
    line as (
        select r.device, r.session_id, coalesce(i.item ->> 'item_id', i.item ->> 'item_name') as item_id,
            r.line_currency, r.kind, max(i.item ->> 'item_name') as item_name,
            sum(coalesce((i.item ->> 'quantity')::numeric, 1)) as quantity,
            sum(coalesce((i.item ->> 'price')::numeric, 0) * coalesce((i.item ->> 'quantity')::numeric, 1)) as amount
        from open_row r
        cross join lateral jsonb_array_elements(r.items) as i (item)
        where r.has_items
        group by 1, 2, 3, 4, 5
    ),
    item as (
        select l.device, l.session_id, l.item_id,
            sum(l.quantity) filter (where l.kind = 'add_to_cart') as added,
            coalesce(sum(l.quantity) filter (where l.kind = 'remove_from_cart'), 0) as removed
        from line l group by 1, 2, 3
    ),
    remaining as (
        select l.device, l.session_id, l.item_id, l.item_name, l.line_currency,
            l.quantity * (i.added - i.removed) / i.added as quantity,
            l.amount * (i.added - i.removed) / i.added as amount
        from item i
        inner join line l on l.device = i.device and l.session_id = i.session_id
            and l.item_id is not distinct from i.item_id and l.kind = 'add_to_cart'
        where i.added > i.removed and i.added > 0
        union all
        select r.device, r.session_id, null, null, r.line_currency, 1, coalesce(r.amount, 0)
        from open_row r where r.kind = 'add_to_cart' and not r.has_items
    ),
    foreign_rate as materialized (
        select x.device, x.session_id, x.line_currency,
            data.fx_rate_of(p_tenant_id, x.line_currency, p_currency, l.day) as rate
        from (
            select distinct r.device, r.session_id, r.line_currency
            from open_row r where r.kind = 'add_to_cart' and r.line_currency <> p_currency
        ) x
        inner join last_line l on l.device = x.device and l.session_id = x.session_id
    ),
    foreign_line as (
        select x.device, x.session_id,
            jsonb_object_agg(x.line_currency, trim_scale(round(x.amount, 10))) filter (where x.rate is null) as amounts,
            jsonb_object_agg(x.line_currency, x.rate) filter (where x.rate is not null) as rates
        from (
            select m.device, m.session_id, m.line_currency, f.rate, sum(m.amount) as amount
            from remaining m
            inner join foreign_rate f
                on f.device = m.device and f.session_id = m.session_id and f.line_currency = m.line_currency
            group by 1, 2, 3, 4
        ) x group by 1, 2
    ),
    foreign_row as (
        select r.device, r.session_id, count(*) as rows
        from open_row r
        inner join foreign_rate f
            on f.device = r.device and f.session_id = r.session_id and f.line_currency = r.line_currency
        where r.kind = 'add_to_cart' and f.rate is null group by 1, 2
    ),
    -- worth is in the tenant's currency, and null without a rate.
    valued as (
        select m.*, case when m.line_currency = p_currency then m.amount else m.amount * f.rate end as worth
        from remaining m
        left join foreign_rate f
            on f.device = m.device and f.session_id = m.session_id and f.line_currency = m.line_currency
    ),
    cart as (
        select m.device, m.session_id,
            -- Rounded to ten decimals first, so that a third and two thirds of a cent add up to a cent.
            round(sum(m.worth), 10) as amount,
            jsonb_agg(jsonb_build_object(
                'item_id', m.item_id, 'item_name', m.item_name, 'quantity', trim_scale(round(m.quantity, 6)),
                'price', case
                    when m.quantity <> 0
                        then trim_scale(round(round(coalesce(m.worth, m.amount) / m.quantity, 10), 2))
                end,
                'value', trim_scale(round(round(m.worth, 10), 2))
            ) order by coalesce(m.worth, m.amount) desc, m.item_id, m.line_currency) as items
        from valued m group by 1, 2
    ),
    added as (
        insert into analytics.open_cart (
            tenant_id, user_pseudo_id, session_id, day, last_ts, user_id, u, row_location_id, location_id,
            items, amount, value, foreign_rows, foreign_amounts, rates, next_buy_ts, task_key
        )
        select p_tenant_id, l.device, l.session_id, l.day, l.event_ts,
            l.user_id, l.u, l.location_id, coalesce(l.location_id, h.location_id), c.items, c.amount,
            round(c.amount, 2), case when f.amounts is null then 0 else coalesce(n.rows, 0) end, f.amounts, f.rates,
            (
                select min(b.event_ts) from analytics.buy b
                where b.tenant_id = p_tenant_id and b.u = l.u and b.event_ts > l.event_ts
            ),
            analytics.task_key(array[
                'cart-abandonment', l.device, l.session_id,
                coalesce((extract(epoch from l.bought_ts) * 1000000)::bigint::text, '')
            ])
        from last_line l
        inner join cart c on c.device = l.device and c.session_id = l.session_id
        left join foreign_line f on f.device = l.device and f.session_id = l.session_id
        left join foreign_row n on n.device = l.device and n.session_id = l.session_id
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = l.u
        returning day
    )
    insert into pg_temp.changed_day select distinct a.day from added a;
end
$$;
