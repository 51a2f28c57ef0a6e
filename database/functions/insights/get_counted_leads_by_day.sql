-- Series by the day of the leads of these branches and products, for insights.get_daily_series. No days of them are
-- stored, so they are counted, on the last days that contain p_most_leads of the tenant's; before these they are not
-- known, and size is scaled as if they had been as many.
create or replace function insights.get_counted_leads_by_day(
    p_tenant_id uuid, p_from date, p_to date, p_most_leads integer, p_branches text[], p_products text[]
)
returns table (dimension text, member text, name text, places integer[], amounts float8[], size numeric)
language plpgsql stable
as $$
declare
    v_from date;
    v_scale numeric;
begin
    select coalesce(max(d.day) filter (where d.so_far > p_most_leads) + 1, p_from),
        coalesce(sum(d.leads) / nullif(sum(d.leads) filter (where d.so_far <= p_most_leads), 0), 1)
    into v_from, v_scale
    from (
        select t.day, sum(t.leads) as leads, sum(sum(t.leads)) over (order by t.day desc) as so_far
        from analytics.lead_channel_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by t.day
    ) d;
    return query
    with counted as (
        select 'branch' as dimension, f.location_id as member, null::text as product_name, f.day, count(*) as leads
        from analytics.fact_leads f
        where f.tenant_id = p_tenant_id and f.day >= v_from and f.day < p_to and f.location_id = any(p_branches)
        group by f.location_id, f.day
        union all
        select 'product', coalesce(f.product_id, f.product_name), max(f.product_name), f.day, count(*)
        from analytics.fact_leads f
        where
            f.tenant_id = p_tenant_id and f.day >= v_from and f.day < p_to
            and coalesce(f.product_id, f.product_name) = any(p_products)
        group by 2, f.day
    )
    select
        c.dimension, c.member, max(c.product_name),
        array_agg(c.day - p_from) || array(select generate_series(0, v_from - p_from - 1)),
        array_agg(c.leads::float8) || array_fill('NaN'::float8, array[v_from - p_from]), sum(c.leads) * v_scale
    from counted c
    group by c.dimension, c.member;
end
$$;
