-- A tenant's p_most largest series by the day, from p_from to before p_to: of the company, and of each channel,
-- platform, campaign, branch and product. places are days since p_from, in any order, of those that have a row; 'NaN':
-- not known. A series is as large as its share of the company's, so that money and counts are measured alike. Leads
-- count on the day they were created, and so do their contracts and revenue; a campaign is 'platform ref'. After them
-- come the parts (is_part) of which ratios of these are made, if they are not among them.
-- What is read does not grow with everything that a company has: of campaigns, branches and products, the days are read
-- of those that are largest by month (likely). Months reach beyond the days, so twice as many are read as are asked for,
-- and the days themselves say which of them are the largest. Leads of branches and products are counted only on the last
-- days that contain p_most_leads; before these they are not known.
create or replace function insights.get_daily_series(
    p_tenant_id uuid, p_from date, p_to date, p_most integer, p_most_leads integer default 200000
)
returns table (
    metric text, dimension text, member_id text, member_name text, places integer[], amounts float8[], is_part boolean
)
language plpgsql stable
as $$
begin
    return query
    -- needed_by: the metrics whose ratios are made with this one.
    with stored as materialized (
        select s.* from insights.get_traffic_by_day(p_tenant_id, p_from, p_to) s
        union all
        select s.* from insights.get_branches_by_day(p_tenant_id, p_from, p_to) s
        union all
        select s.* from insights.get_platforms_by_day(p_tenant_id, p_from, p_to) s
        union all
        select s.* from insights.get_lead_channels_by_day(p_tenant_id, p_from, p_to) s
    ),
    likely as materialized (
        select s.metric, s.dimension, s.member
        from (
            select x.*, max(x.size) filter (where x.dimension = 'company') over (partition by x.metric) as whole
            from (
                select t.metric, t.dimension, t.member, t.size from stored t where t.is_series
                union all
                select m.metric, m.dimension, m.member, m.size
                from insights.get_sizes_by_month(p_tenant_id, p_from, p_to) m
            ) x
            where x.size > 0 and x.member is not null
        ) s
        order by s.dimension = 'company' desc, s.size / nullif(s.whole, 0) desc nulls last, s.metric, s.dimension, s.member
        limit 2 * p_most
    ),
    known as materialized (
        select s.*, null::text as name from stored s
        union all
        select s.*, null
        from insights.get_campaigns_by_day(
            p_tenant_id, p_from, p_to, array(select distinct l.member from likely l where l.dimension = 'campaign')
        ) s
        union all
        select 'purchases', 'product', s.member, s.places, s.amounts, s.size, true, '{}', s.name
        from insights.get_products_by_day(
            p_tenant_id, p_from, p_to,
            array(select l.member::uuid from likely l where l.dimension = 'product' and l.metric = 'purchases')
        ) s
        union all
        select 'leads', s.dimension, s.member, s.places, s.amounts, s.size, true, '{}', s.name
        from insights.get_counted_leads_by_day(
            p_tenant_id, p_from, p_to, p_most_leads,
            array(select l.member from likely l where l.dimension = 'branch' and l.metric = 'leads'),
            array(select l.member from likely l where l.dimension = 'product' and l.metric = 'leads')
        ) s
    ),
    ranked as materialized (
        select s.metric, s.dimension, s.member, s.name, s.places, s.amounts, s.share
        from (
            select
                k.*,
                k.size / nullif(max(k.size) filter (where k.dimension = 'company') over (partition by k.metric), 0) as share
            from known k
            where k.is_series and k.size > 0
        ) s
        order by s.dimension = 'company' desc, s.share desc nulls last, s.metric, s.dimension, s.member
        limit p_most
    ),
    read as (
        select r.*, false as is_part from ranked r
        union all
        select k.metric, k.dimension, k.member, null, k.places, k.amounts, null, true
        from known k
        where
            k.size > 0
            and (k.metric, k.dimension, k.member) not in (select r.metric, r.dimension, r.member from ranked r)
            and exists (
                select from ranked r
                where r.metric = any(k.needed_by) and r.dimension = k.dimension and r.member = k.member
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
