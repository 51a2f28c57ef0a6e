-- What a change of purchases or revenue (p_part) is made of: by channel, source and campaign of the visit, branch and
-- product. A purchase belongs to the product that made up most of its price. Revenue is each product's own; the rest
-- (delivery, vouchers) belongs to none; what has no rate is not counted. Otherwise as insights.get_leaves_of_leads.
create or replace function insights.get_leaves_of_sales(
    p_tenant_id uuid, p_part text, p_days date[], p_hours timestamptz[], p_weights float8[], p_only text[], p_most integer,
    p_kept float8 default 1
)
returns table (
    members text[], names text[], expected float8, actual float8, variance float8,
    expected_below float8, actual_below float8, variance_below float8
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    with steps as materialized (
        select coalesce(u.hour, u.day::timestamp at time zone 'UTC') as begins, u.weight
        from unnest(p_days, p_hours, p_weights) as u (day, hour, weight)
    ),
    sold as (
        select
            coalesce(v.channel, 'unassigned') as channel, v.source, v.campaign, x.location_id, x.items, s.weight,
            case when x.value is not null then x.amount * coalesce(x.rate, 1) end as revenue
        from analytics.sale x
        inner join steps s
            on s.begins = case
                when p_hours is null then x.day::timestamp at time zone 'UTC' else date_bin('1 hour', x.event_ts, p_hours[1])
            end
        left join analytics.session v
            on v.tenant_id = p_tenant_id and v.user_pseudo_id = x.user_pseudo_id and v.session_id = x.session_id
        where
            x.tenant_id = p_tenant_id and x.day = any(p_days)
            and (p_only[1] is null or coalesce(v.channel, 'unassigned') = p_only[1])
            and (p_only[2] is null or v.source = p_only[2])
            and (p_only[3] is null or v.campaign = p_only[3])
            and (p_only[4] is null or x.location_id = p_only[4])
            and (p_kept >= 1 or (hashtextextended(x.transaction_id, 0) & 65535) < p_kept * 65536)
    ),
    counted as (
        select s.channel, s.source, s.campaign, s.location_id, i.product, i.product_name, s.weight, i.amount::float8 as amount
        from sold s
        cross join lateral (
            with lines as materialized (
                select
                    coalesce(l.line ->> 'item_id', l.line ->> 'item_name') as product,
                    max(l.line ->> 'item_name') as product_name, sum((l.line ->> 'value')::numeric) as value
                from jsonb_array_elements(s.items) as l (line)
                group by 1
                union all
                select null, null, null
            )
            (
                select l.product, l.product_name, 1::numeric as amount
                from lines l
                where p_part = 'purchases' and (p_only[5] is null or l.product = p_only[5])
                order by l.value desc nulls last, l.product
                limit 1
            )
            union all
            select
                l.product, l.product_name,
                coalesce(l.value, case when l.product is null then s.revenue - coalesce(sum(l.value) over (), 0) end)
            from lines l
            where p_part = 'revenue' and s.revenue is not null
        ) i
        where i.amount <> 0 and (p_only[5] is null or i.product = p_only[5])
    ),
    leaves as (
        select
            c.channel, c.source, c.campaign, c.location_id, c.product, max(c.product_name) as product_name,
            sum(c.amount * c.weight) as expected, sum(case c.weight when 0 then c.amount else 0 end) as actual,
            sum(c.amount * c.amount * case c.weight when 0 then 1 else c.weight end) as variance
        from counted c
        group by c.channel, c.source, c.campaign, c.location_id, c.product
    ),
    ranked as (
        select
            l.*, row_number() over (
                order by greatest(abs(l.expected), abs(l.actual)) desc, l.channel, l.source, l.campaign, l.location_id, l.product
            ) <= p_most as is_told
        from leaves l
    )
    select
        array[r.channel, r.source, r.campaign, r.location_id, r.product],
        array[null, null, null, b.location_name, r.product_name], r.expected, r.actual, r.variance, 0::float8, 0::float8, 0::float8
    from ranked r
    left join data.locations b on b.tenant_id = p_tenant_id and b.location_id = r.location_id
    where r.is_told
    union all
    select array_fill(null::text, array[5]), array_fill(null::text, array[5]), sum(r.expected), sum(r.actual), sum(r.variance), 0, 0, 0
    from ranked r
    where not r.is_told
    having count(*) > 0;
end
$$;
