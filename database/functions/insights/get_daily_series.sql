-- A tenant's p_most largest series by the day, from p_from to before p_to: of the company, and of each channel, platform,
-- campaign, branch and product. places are days since p_from, of those that have a row; 'NaN': not known. A series is as
-- large as its share of the company's, so that money and counts are measured alike.
-- Leads count on the day they were created on, and so do their contracts and revenue; a campaign is 'platform ref'.
create or replace function insights.get_daily_series(p_tenant_id uuid, p_from date, p_to date, p_most integer)
returns table (metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[])
language plpgsql stable
as $$
begin
    return query
    with traffic as (
        -- (of days that the vendor told nothing is known but sessions)
        select
            case grouping(t.channel) when 1 then 'company' else 'channel' end as dimension, coalesce(t.channel, '') as member,
            t.day, sum(t.sessions) as sessions,
            case when bool_or(t.told_by_vendor) then 'NaN' else sum(t.purchases) end as purchases,
            case when bool_or(t.told_by_vendor) then 'NaN' else sum(t.revenue) end as revenue
        from analytics.traffic_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by grouping sets ((t.day), (t.day, t.channel))
    ),
    branches as (
        select t.location_id, t.day, t.sessions, t.purchases, t.revenue, t.failed_searches
        from analytics.day_total t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
    ),
    items as (
        select t.item_id, max(t.item_name) as item_name, t.day, sum(t.purchases) as purchases
        from analytics.product_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to and t.purchases > 0
        group by t.item_id, t.day
    ),
    campaigns as (
        select
            case grouping(t.platform, t.campaign_ref) when 0 then 'campaign' when 1 then 'platform' else 'company' end as dimension,
            concat_ws(' ', t.platform, t.campaign_ref) as member, coalesce(t.campaign_ref, '-') as campaign_ref, t.day,
            sum(t.leads) as leads, sum(t.contracts) as contracts, sum(t.revenue) as revenue, sum(t.spend) as spend
        from analytics.v6_campaign_roi_daily t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by grouping sets ((t.day), (t.day, t.platform), (t.day, t.platform, t.campaign_ref))
    ),
    channels as (
        select t.channel, t.day, t.leads, t.contracts, t.revenue
        from analytics.lead_channel_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
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
    told as (
        select v.metric, t.dimension, t.member, null::text as name, t.day, v.amount
        from traffic t
        cross join lateral (
            values ('sessions', t.sessions::float8), ('purchases', t.purchases::float8), ('revenue', t.revenue::float8)
        ) as v (metric, amount)
        union all
        select v.metric, 'branch', t.location_id, null, t.day, v.amount
        from branches t
        cross join lateral (
            values
            ('sessions', t.sessions::float8), ('purchases', t.purchases::float8), ('revenue', t.revenue::float8),
            ('failed_searches', t.failed_searches::float8)
        ) as v (metric, amount)
        where t.location_id <> ''
        union all
        select 'failed_searches', 'company', '', null, t.day, t.failed_searches::float8
        from branches t
        where t.location_id = ''
        union all
        select 'purchases', 'product', t.item_id, t.item_name, t.day, t.purchases::float8
        from items t
        union all
        select v.metric, t.dimension, t.member, null, t.day, v.amount
        from campaigns t
        cross join lateral (
            values
            ('leads', t.leads::float8), ('contracts', t.contracts::float8), ('lead_revenue', t.revenue::float8),
            ('spend', t.spend::float8)
        ) as v (metric, amount)
        where t.campaign_ref <> ''
        union all
        select v.metric, 'channel', t.channel, null, t.day, v.amount
        from channels t
        cross join lateral (
            values ('leads', t.leads::float8), ('contracts', t.contracts::float8), ('lead_revenue', t.revenue::float8)
        ) as v (metric, amount)
        union all
        select 'leads', t.dimension, t.member, case t.dimension when 'product' then t.product_name end, t.day, t.leads::float8
        from leads t
        where t.member is not null
    ),
    series as (
        select
            t.metric, t.dimension, t.member, max(t.name) as name, array_agg(t.day - p_from order by t.day) as places,
            array_agg(t.amount order by t.day) as amounts,
            coalesce(sum(abs(t.amount)) filter (where t.amount <> 'NaN'), 0) as size
        from told t
        group by t.metric, t.dimension, t.member
        having bool_or(t.amount <> 0)
    ),
    ranked as (
        select s.*
        from (
            select
                s.*,
                s.size / nullif(max(s.size) filter (where s.dimension = 'company') over (partition by s.metric), 0) as share
            from series s
        ) s
        order by s.dimension = 'company' desc, s.share desc nulls last, s.metric, s.dimension, s.member
        limit p_most
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
        r.places, r.amounts
    from ranked r;
end
$$;
