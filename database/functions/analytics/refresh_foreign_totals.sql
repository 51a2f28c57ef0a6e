-- Lists the money that has no rate on the changed days' totals: {currency: amount} of sales and abandoned carts.
create or replace function analytics.refresh_foreign_totals(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with left_out as (
        select s.day, s.location_id, s.currency, s.amount
        from pg_temp.changed_day c
        inner join analytics.sale s on s.tenant_id = p_tenant_id and s.day = c.day
        where s.value is null
        union all
        select k.day, k.location_id, a.key, a.value::numeric
        from pg_temp.changed_day c
        inner join analytics.open_cart k on k.tenant_id = p_tenant_id and k.day = c.day
        cross join lateral jsonb_each_text(k.foreign_amounts) as a (key, value)
        where k.foreign_rows > 0 and (k.next_buy_ts is null or k.next_buy_ts > k.last_ts + interval '72 hours')
    ),
    summed as (
        select l.day, case when grouping(l.location_id) = 1 then '' else l.location_id end as location_id,
            l.currency, sum(l.amount) as amount
        from left_out l
        group by grouping sets ((l.day, l.currency), (l.day, l.location_id, l.currency))
        having grouping(l.location_id) = 1 or l.location_id is not null
    ),
    listed as (
        select s.day, s.location_id, jsonb_object_agg(s.currency, s.amount) as amounts from summed s group by 1, 2
    )
    update analytics.day_total t
    set foreign_amounts = l.amounts
    from listed l
    where t.tenant_id = p_tenant_id and t.day = l.day and t.location_id = l.location_id;
end
$$;
