-- Sums over days (data.get_campaign_days) of each campaign that has any: of the whole range with the day null, and of
-- each day with p_by_day. Money without a rate on its day is in no sum, but in by_currency {currency: {spend,
-- revenue}}, in unconverted_rows and unconverted_days; money_clicks are the clicks of the days whose money is in the
-- sums.
create or replace function data.get_campaign_figures(
    p_tenant_id uuid, p_campaign_ids uuid[], p_from date, p_to date, p_by_day boolean
)
returns table (
    campaign_id uuid, day date, impressions bigint, clicks bigint, spend numeric, revenue numeric, conversions numeric,
    money_clicks bigint, unconverted_rows bigint, unconverted_days date[], by_currency jsonb
)
language sql
stable
as $$
    with days as materialized (
        select * from data.get_campaign_days(p_tenant_id, p_campaign_ids, p_from, p_to)
    ),
    parts as (
        select
            d.campaign_id, case when p_by_day then d.day end as day, d.foreign_currency,
            sum(d.impressions)::bigint as impressions, sum(d.clicks)::bigint as clicks,
            sum(d.spend) as spend, sum(d.revenue) as revenue, sum(d.conversions) as conversions, count(*) as days
        from days d
        group by 1, 2, 3
    ),
    left_out as (
        select d.campaign_id, case when p_by_day then d.day end as day, array_agg(d.day order by d.day) as days
        from days d
        where d.foreign_currency is not null
        group by 1, 2
    )
    select
        p.campaign_id, p.day, sum(p.impressions)::bigint, sum(p.clicks)::bigint,
        coalesce(sum(p.spend) filter (where p.foreign_currency is null), 0),
        coalesce(sum(p.revenue) filter (where p.foreign_currency is null), 0),
        sum(p.conversions),
        coalesce(sum(p.clicks) filter (where p.foreign_currency is null), 0)::bigint,
        coalesce(sum(p.days) filter (where p.foreign_currency is not null), 0)::bigint,
        coalesce(l.days, '{}'),
        coalesce(
            jsonb_object_agg(
                p.foreign_currency,
                jsonb_build_object('spend', round(p.spend, 2), 'revenue', round(p.revenue, 2))
            ) filter (where p.foreign_currency is not null),
            '{}'
        )
    from parts p
    left join left_out l on l.campaign_id = p.campaign_id and l.day is not distinct from p.day
    group by p.campaign_id, p.day, l.days
    order by p.campaign_id, p.day
$$;
