-- What channels had on the days p_from to p_to, by campaign; campaign_ref '': what belongs to none. Exact sums. Ads
-- name a platform and a campaign, but no channel. So all that a campaign costs belongs to one channel: the one that
-- brought most of its leads of these days (of equals the first by name), else the one by which its platform's ads bring
-- visits. Every lead and all spend are in one row each; spend null: none, or another channel's.
create or replace function analytics.channel_campaigns_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    channel text, platform text, campaign_ref text, leads bigint, contracts bigint, revenue numeric, spend numeric
)
language plpgsql stable
-- A month's rows are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
declare
    v_from date;
    v_to date;
begin
    select d.first_day, d.last_day into v_from, v_to from analytics.days_that_count(p_tenant_id, p_from, p_to) d;
    return query
    with come as materialized (
        select l.channel, l.platform, l.campaign_ref, sum(l.leads)::bigint as leads, sum(l.contracts)::bigint as contracts,
            sum(l.revenue) as revenue
        from analytics.channel_leads_of(p_tenant_id, v_from, v_to) l
        group by l.channel, l.platform, l.campaign_ref
        having sum(l.leads) > 0
    ),
    owner as materialized (
        select distinct on (c.platform, c.campaign_ref) c.platform, c.campaign_ref, c.channel
        from come c
        where c.campaign_ref <> ''
        order by c.platform, c.campaign_ref, c.leads desc, c.channel collate "C"
    ),
    paid as materialized (
        select r.platform, r.campaign_ref, sum(r.spend) as spend
        from analytics.campaign_sums_of(p_tenant_id, v_from, v_to) r
        group by r.platform, r.campaign_ref
        having sum(r.spend) <> 0
    ),
    usual as materialized (
        select p.platform, analytics.paid_channel_of(p.platform) as channel from (select distinct platform from paid) p
    ),
    spent as (
        select coalesce(o.channel, u.channel) as channel, p.platform, p.campaign_ref, p.spend
        from paid p
        inner join usual u on u.platform = p.platform
        left join owner o on o.platform = p.platform and o.campaign_ref = p.campaign_ref
    )
    select channel, platform, campaign_ref, coalesce(c.leads, 0), coalesce(c.contracts, 0), coalesce(c.revenue, 0),
        s.spend
    from come c
    full join spent s using (channel, platform, campaign_ref);
end
$$;
