-- A tenant's p_most largest series by the day, from p_from to before p_to: of the company, and of each channel, platform,
-- campaign, branch and product. places are days since p_from, in any order, of those that have a row; 'NaN': not known. A
-- series is as large as its share of the company's, so that money and counts are measured alike.
-- Leads count on the day they were created on, and so do their contracts and revenue; a campaign is 'platform ref'.
-- After them, is_part, come those that ratios of these are made of where they are not among them.
create or replace function insights.get_daily_series(p_tenant_id uuid, p_from date, p_to date, p_most integer)
returns table (
    metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[], is_part boolean
)
language plpgsql stable
as $$
begin
    return query
    with traffic as (
        -- (of days that the vendor told nothing is known but sessions)
        select
            case grouping(t.channel) when 1 then 'company' else 'channel' end as dimension, coalesce(t.channel, '') as member,
            t.day, sum(t.sessions) as sessions,
            case when bool_or(t.told_by_vendor) then 'NaN' else sum(t.bought_sessions) end as bought_sessions,
            case when bool_or(t.told_by_vendor) then 'NaN' else sum(t.purchases) end as purchases,
            case when bool_or(t.told_by_vendor) then 'NaN' else sum(t.revenue) end as revenue
        from analytics.traffic_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by grouping sets ((t.day), (t.day, t.channel))
    ),
    campaigns as (
        select
            case grouping(t.platform, t.campaign_ref) when 0 then 'campaign' when 1 then 'platform' else 'company' end as dimension,
            concat_ws(' ', t.platform, t.campaign_ref) as member, coalesce(t.campaign_ref, '-') as campaign_ref, t.day,
            sum(t.leads) as leads, sum(t.contracts) as contracts, sum(t.revenue) as revenue, sum(t.spend) as spend,
            sum(t.impressions) as impressions, sum(t.clicks) as clicks
        from analytics.v6_campaign_roi_daily t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by grouping sets ((t.day), (t.day, t.platform), (t.day, t.platform, t.campaign_ref))
    ),
    leads as (
        select
            case grouping(t.branch) when 0 then 'branch' else 'product' end as dimension, coalesce(t.branch, t.product) as member,
            max(t.product_name) as product_name, t.day, count(*) as leads
        from (
            select f.day, f.location_id as branch, coalesce(f.product_id, f.product_name) as product, f.product_name
            from analytics.fact_leads f
            where f.tenant_id = p_tenant_id and f.day >= p_from and f.day < p_to
        ) t
        group by grouping sets ((t.day, t.branch), (t.day, t.product))
    ),
    traffic_of as (
        select
            t.dimension, t.member, array_agg(t.day - p_from) as places, array_agg(t.sessions::float8) as sessions,
            array_agg(t.purchases::float8) as purchases, array_agg(t.revenue::float8) as revenue,
            array_agg(t.bought_sessions::float8) as bought_sessions,
            sum(t.bought_sessions) filter (where t.bought_sessions <> 'NaN') as all_bought_sessions,
            sum(t.sessions) as all_sessions, sum(t.purchases) filter (where t.purchases <> 'NaN') as all_purchases,
            sum(abs(t.revenue)) filter (where t.revenue <> 'NaN') as all_revenue
        from traffic t
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
    items_of as (
        select
            t.item_id, max(t.item_name) as item_name, array_agg(t.day - p_from) as places,
            array_agg(t.purchases::float8) as purchases, sum(t.purchases) as all_purchases
        from analytics.product_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to and t.purchases > 0
        group by t.item_id
        order by sum(t.purchases) desc, t.item_id
        limit p_most
    ),
    campaigns_of as (
        select
            t.dimension, t.member, array_agg(t.day - p_from) as places, array_agg(t.leads::float8) as leads,
            array_agg(t.contracts::float8) as contracts, array_agg(t.revenue::float8) as revenue,
            array_agg(t.spend::float8) as spend, array_agg(t.impressions::float8) as impressions,
            array_agg(t.clicks::float8) as clicks, sum(t.leads) as all_leads, sum(t.contracts) as all_contracts,
            sum(abs(t.revenue)) as all_revenue, sum(abs(t.spend)) as all_spend, sum(t.impressions) as all_impressions,
            sum(t.clicks) as all_clicks
        from campaigns t
        where t.campaign_ref <> ''
        group by t.dimension, t.member
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
    leads_of as (
        select
            t.dimension, t.member, max(t.product_name) as product_name, array_agg(t.day - p_from) as places,
            array_agg(t.leads::float8) as leads, sum(t.leads) as all_leads
        from leads t
        where t.member is not null
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
        -- (of_metrics: what must be among the largest, so that something is made of this)
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
