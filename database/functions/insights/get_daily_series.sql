-- A tenant's p_most largest series by the day, from p_from to before p_to: of the company, and of each channel,
-- platform, campaign, branch and product. places are days since p_from, in any order, of those that have a row; 'NaN':
-- not known. A series is as large as its share of the company's, so that money and counts are measured alike. Leads
-- count on the day they were created, and so do their contracts and revenue; a campaign is 'platform ref'. After them
-- come the parts (is_part) of which ratios of these are made, if they are not among them.
-- What is read does not grow with everything that a company has: of campaigns, branches and products, the days are read
-- of those that have most by smaller sums (likely). These are mostly of months, which reach beyond the days. So twice
-- as many are read as are asked for, and the days themselves say which of them are the largest. Leads of branches and
-- products, of which no days are stored, are counted only on the last days that contain p_most_leads; before these they
-- are not known.
create or replace function insights.get_daily_series(
    p_tenant_id uuid, p_from date, p_to date, p_most integer, p_most_leads integer default 200000
)
returns table (
    metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[], is_part boolean
)
language plpgsql stable
as $$
declare
    v_month date := date_trunc('month', p_from::timestamp)::date;
    v_leads_from date;
    v_leads numeric; -- of all days, in terms of those from there on
begin
    select coalesce(max(d.day) filter (where d.so_far > p_most_leads) + 1, p_from),
        coalesce(sum(d.leads) / nullif(sum(d.leads) filter (where d.so_far <= p_most_leads), 0), 1)
    into v_leads_from, v_leads
    from (
        select t.day, sum(t.leads) as leads, sum(sum(t.leads)) over (order by t.day desc) as so_far
        from analytics.lead_channel_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by t.day
    ) d;
    return query
    with visited as materialized (
        -- Of days that only the vendor reported, sessions alone are known.
        select t.day, t.channel, t.sessions, t.bought_sessions, t.purchases, t.revenue, t.told_by_vendor
        from analytics.traffic_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
    ),
    traffic_of as (
        select
            t.dimension, t.member, array_agg(t.day - p_from) as places, array_agg(t.sessions::float8) as sessions,
            array_agg(case when t.told_by_vendor then 'NaN' else t.purchases::float8 end) as purchases,
            array_agg(case when t.told_by_vendor then 'NaN' else t.revenue::float8 end) as revenue,
            array_agg(case when t.told_by_vendor then 'NaN' else t.bought_sessions::float8 end) as bought_sessions,
            sum(t.bought_sessions) filter (where not t.told_by_vendor) as all_bought_sessions,
            sum(t.sessions) as all_sessions, sum(t.purchases) filter (where not t.told_by_vendor) as all_purchases,
            sum(abs(t.revenue)) filter (where not t.told_by_vendor) as all_revenue
        from (
            select
                'channel' as dimension, v.channel as member, v.day, v.sessions, v.bought_sessions, v.purchases, v.revenue,
                v.told_by_vendor
            from visited v
            union all
            select
                'company', '', v.day, sum(v.sessions)::bigint, sum(v.bought_sessions)::bigint, sum(v.purchases)::bigint,
                sum(v.revenue), bool_or(v.told_by_vendor)
            from visited v
            group by v.day
        ) t
        group by t.dimension, t.member
    ),
    branches_of as (
        select
            t.location_id, array_agg(t.day - p_from) as places, array_agg(t.sessions::float8) as sessions,
            array_agg(t.purchases::float8) as purchases, array_agg(t.revenue::float8) as revenue,
            array_agg(t.failed_searches::float8) as failed, array_agg(t.bought_sessions::float8) as bought_sessions,
            sum(t.bought_sessions) as all_bought_sessions, sum(t.sessions) as all_sessions,
            sum(t.purchases) as all_purchases, sum(abs(t.revenue)) as all_revenue, sum(t.failed_searches) as all_failed
        from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by t.location_id
    ),
    channels_of as (
        select
            t.channel, array_agg(t.day - p_from) as places, array_agg(t.leads::float8) as leads,
            array_agg(t.contracts::float8) as contracts, array_agg(t.revenue::float8) as revenue, sum(t.leads) as all_leads,
            sum(t.contracts) as all_contracts, sum(abs(t.revenue)) as all_revenue
        from analytics.lead_channel_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by t.channel
    ),
    platforms as materialized (
        select t.platform, t.day, t.leads, t.contracts, t.revenue, t.spend, t.impressions, t.clicks
        from analytics.platform_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
    ),
    sizes as (
        select v.metric, t.dimension, t.member, v.size
        from traffic_of t
        cross join lateral (
            values ('sessions', t.all_sessions), ('purchases', t.all_purchases), ('revenue', t.all_revenue)
        ) as v (metric, size)
        union all
        select v.metric, case t.location_id when '' then 'company' else 'branch' end, t.location_id, v.size
        from branches_of t
        cross join lateral (
            values ('sessions', t.all_sessions), ('purchases', t.all_purchases), ('revenue', t.all_revenue),
            ('failed_searches', t.all_failed)
        ) as v (metric, size)
        where t.location_id <> '' or v.metric = 'failed_searches'
        union all
        select v.metric, t.dimension, t.member, v.size
        from (
            select
                case grouping(p.platform) when 0 then 'platform' else 'company' end as dimension, coalesce(p.platform, '') as member,
                sum(p.leads) as leads, sum(p.contracts) as contracts, sum(abs(p.revenue)) as revenue, sum(abs(p.spend)) as spend
            from platforms p
            group by grouping sets ((), (p.platform))
            union all
            select 'campaign', m.platform || ' ' || m.campaign_ref, sum(m.leads), sum(m.contracts), sum(abs(m.revenue)), sum(abs(m.spend))
            from analytics.v6_campaign_roi_monthly m
            where m.tenant_id = p_tenant_id and m.month >= v_month and m.month < p_to and m.campaign_ref <> ''
            group by m.platform, m.campaign_ref
            union all
            select 'channel', c.channel, c.all_leads, c.all_contracts, c.all_revenue, null
            from channels_of c
        ) t
        cross join lateral (
            values ('leads', t.leads), ('contracts', t.contracts), ('lead_revenue', t.revenue), ('spend', t.spend)
        ) as v (metric, size)
        union all
        select 'leads', 'branch', m.location_id, sum(m.leads)
        from analytics.v6_branch_performance m
        where m.tenant_id = p_tenant_id and m.month >= v_month and m.month < p_to
        group by m.location_id
        union all
        select 'leads', 'product', coalesce(m.product_id, m.product_name), sum(m.leads)
        from analytics.v6_product_performance m
        where m.tenant_id = p_tenant_id and m.month >= v_month and m.month < p_to
        group by 3
        union all
        select 'purchases', 'product', m.item_key::text, sum(m.purchases)
        from analytics.product_month m
        where m.tenant_id = p_tenant_id and m.month >= v_month and m.month < p_to
        group by m.item_key
    ),
    likely as materialized (
        select s.metric, s.dimension, s.member
        from (
            select s.*, max(s.size) filter (where s.dimension = 'company') over (partition by s.metric) as whole
            from sizes s
            where s.size > 0 and s.member is not null
        ) s
        order by s.dimension = 'company' desc, s.size / nullif(s.whole, 0) desc nulls last, s.metric, s.dimension, s.member
        limit 2 * p_most
    ),
    items_of as (
        -- One day at a time, so that the primary key finds these items without reading all others.
        select
            t.item_id, max(t.item_name) as item_name, array_agg(d.place) as places,
            array_agg(t.purchases::float8) as purchases, sum(t.purchases) as all_purchases
        from generate_series(0, p_to - p_from - 1) as d (place)
        cross join lateral (
            select p.item_id, p.item_name, p.purchases
            from analytics.product_day p
            where
                p.tenant_id = p_tenant_id and p.day = p_from + d.place and p.purchases > 0
                and p.item_key = any(array(
                    select l.member::uuid from likely l where l.dimension = 'product' and l.metric = 'purchases'
                ))
        ) t
        group by t.item_id
    ),
    campaign_days as (
        select
            'company' as dimension, '' as member, t.day, sum(t.leads)::bigint as leads, sum(t.contracts)::bigint as contracts,
            sum(t.revenue) as revenue, sum(t.spend) as spend, sum(t.impressions)::bigint as impressions,
            sum(t.clicks)::bigint as clicks
        from platforms t
        group by t.day
        union all
        select 'platform', t.platform, t.day, t.leads, t.contracts, t.revenue, t.spend, t.impressions, t.clicks
        from platforms t
        union all
        select 'campaign', c.member, d.*
        from (select distinct l.member from likely l where l.dimension = 'campaign') c
        -- One campaign at a time by the primary key; a plain join might read the days of all.
        cross join lateral (
            select t.day, t.leads, t.contracts, t.revenue, t.spend, t.impressions, t.clicks
            from analytics.v6_campaign_roi_daily t
            where
                t.tenant_id = p_tenant_id and t.platform = split_part(c.member, ' ', 1)
                and t.campaign_ref = substr(c.member, strpos(c.member, ' ') + 1) and t.day >= p_from and t.day < p_to
            offset 0
        ) d
    ),
    campaigns_of as (
        select
            t.dimension, t.member, array_agg(t.day - p_from) as places, array_agg(t.leads::float8) as leads,
            array_agg(t.contracts::float8) as contracts, array_agg(t.revenue::float8) as revenue,
            array_agg(t.spend::float8) as spend, array_agg(t.impressions::float8) as impressions,
            array_agg(t.clicks::float8) as clicks, sum(t.leads) as all_leads, sum(t.contracts) as all_contracts,
            sum(abs(t.revenue)) as all_revenue, sum(abs(t.spend)) as all_spend, sum(t.impressions) as all_impressions,
            sum(t.clicks) as all_clicks
        from campaign_days t
        group by t.dimension, t.member
    ),
    leads as (
        select 'branch' as dimension, f.location_id as member, null::text as product_name, f.day, count(*) as leads
        from analytics.fact_leads f
        where
            f.tenant_id = p_tenant_id and f.day >= v_leads_from and f.day < p_to
            and f.location_id = any(array(select l.member from likely l where l.dimension = 'branch' and l.metric = 'leads'))
        group by f.location_id, f.day
        union all
        select 'product', coalesce(f.product_id, f.product_name), max(f.product_name), f.day, count(*)
        from analytics.fact_leads f
        where
            f.tenant_id = p_tenant_id and f.day >= v_leads_from and f.day < p_to
            and coalesce(f.product_id, f.product_name) = any(array(
                select l.member from likely l where l.dimension = 'product' and l.metric = 'leads'
            ))
        group by 2, f.day
    ),
    leads_of as (
        select
            t.dimension, t.member, max(t.product_name) as product_name,
            array_agg(t.day - p_from) || array(select generate_series(0, v_leads_from - p_from - 1)) as places,
            array_agg(t.leads::float8) || array_fill('NaN'::float8, array[v_leads_from - p_from]) as leads,
            sum(t.leads) * v_leads as all_leads
        from leads t
        group by t.dimension, t.member
    ),
    series as (
        select v.metric, t.dimension, t.member, null::text as name, t.places, v.amounts, v.size
        from traffic_of t
        cross join lateral (
            values
            ('sessions', t.sessions, t.all_sessions), ('purchases', t.purchases, t.all_purchases),
            ('revenue', t.revenue, t.all_revenue)
        ) as v (metric, amounts, size)
        union all
        select v.metric, 'branch', t.location_id, null, t.places, v.amounts, v.size
        from branches_of t
        cross join lateral (
            values
            ('sessions', t.sessions, t.all_sessions), ('purchases', t.purchases, t.all_purchases),
            ('revenue', t.revenue, t.all_revenue), ('failed_searches', t.failed, t.all_failed)
        ) as v (metric, amounts, size)
        where t.location_id <> ''
        union all
        select 'failed_searches', 'company', '', null, t.places, t.failed, t.all_failed
        from branches_of t
        where t.location_id = ''
        union all
        select 'purchases', 'product', t.item_id, t.item_name, t.places, t.purchases, t.all_purchases
        from items_of t
        union all
        select v.metric, t.dimension, t.member, null, t.places, v.amounts, v.size
        from campaigns_of t
        cross join lateral (
            values
            ('leads', t.leads, t.all_leads), ('contracts', t.contracts, t.all_contracts),
            ('lead_revenue', t.revenue, t.all_revenue), ('spend', t.spend, t.all_spend)
        ) as v (metric, amounts, size)
        union all
        select v.metric, 'channel', t.channel, null, t.places, v.amounts, v.size
        from channels_of t
        cross join lateral (
            values
            ('leads', t.leads, t.all_leads), ('contracts', t.contracts, t.all_contracts),
            ('lead_revenue', t.revenue, t.all_revenue)
        ) as v (metric, amounts, size)
        union all
        select 'leads', t.dimension, t.member, case t.dimension when 'product' then t.product_name end, t.places, t.leads, t.all_leads
        from leads_of t
    ),
    ranked as (
        select s.*
        from (
            select
                s.*,
                s.size / nullif(max(s.size) filter (where s.dimension = 'company') over (partition by s.metric), 0) as share
            from series s
            where s.size > 0
        ) s
        order by s.dimension = 'company' desc, s.share desc nulls last, s.metric, s.dimension, s.member
        limit p_most
    ),
    parts as (
        -- A part is needed only if one of of_metrics is among the largest series.
        select v.metric, t.dimension, t.member, t.places, v.amounts, v.size, v.of_metrics
        from campaigns_of t
        cross join lateral (
            values
            ('leads', t.leads, t.all_leads, '{spend}'::text[]), ('lead_revenue', t.revenue, t.all_revenue, '{spend}'),
            ('contracts', t.contracts, t.all_contracts, '{spend, leads}'),
            ('impressions', t.impressions, t.all_impressions, '{spend}'), ('clicks', t.clicks, t.all_clicks, '{spend}')
        ) as v (metric, amounts, size, of_metrics)
        union all
        select 'bought_sessions', t.dimension, t.member, t.places, t.bought_sessions, t.all_bought_sessions, '{sessions}'
        from traffic_of t
        union all
        select 'bought_sessions', 'branch', t.location_id, t.places, t.bought_sessions, t.all_bought_sessions, '{sessions}'
        from branches_of t
        where t.location_id <> ''
    ),
    read as (
        select r.metric, r.dimension, r.member, r.name, r.places, r.amounts, r.share, false as is_part
        from ranked r
        union all
        select p.metric, p.dimension, p.member, null, p.places, p.amounts, null, true
        from parts p
        where
            p.size > 0
            and (p.metric, p.dimension, p.member) not in (select r.metric, r.dimension, r.member from ranked r)
            and exists (
                select from ranked r
                where r.metric = any(p.of_metrics) and r.dimension = p.dimension and r.member = p.member
            )
    )
    select
        r.metric, r.dimension, r.member,
        coalesce(
            case r.dimension
                when 'branch' then (
                    select l.location_name from data.locations l
                    where l.tenant_id = p_tenant_id and l.location_id = r.member
                )
                when 'campaign' then (
                    select c.name from analytics.campaign c
                    where
                        c.tenant_id = p_tenant_id and c.platform = split_part(r.member, ' ', 1)
                        and c.campaign_ref = substr(r.member, strpos(r.member, ' ') + 1)
                )
                else r.name
            end,
            r.member
        ),
        r.places, r.amounts, r.is_part
    from read r
    order by r.is_part, r.dimension = 'company' desc, r.share desc nulls last, r.metric, r.dimension, r.member;
end
$$;
