-- The leads of the days p_from to p_to that belong to no campaign, by platform and the origin that they name (null:
-- none), and why (analytics.leads_without_campaign_of). By leads, then platform, source, campaign and id. Each row also
-- has the totals of all pages, so that nothing is computed twice: kinds of them, their leads, those of platforms
-- without ads, and leads by reason. A page beyond the last is one row that has nothing else (platform null).
create or replace function analytics.get_leads_of_no_campaign(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50,
    p_offset bigint default 0
)
returns table (
    platform text, utm_source text, utm_campaign text, utm_id text, leads bigint, n_contracts bigint, revenue numeric,
    platform_has_ads boolean, reason text, kinds bigint, all_leads bigint, without_ads bigint, by_reason jsonb
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
    with kind as materialized (
        select * from analytics.leads_without_campaign_of(p_tenant_id, v_from, v_to, p_platforms)
    ),
    reasons as (
        select k.reason, count(*) as kinds, sum(k.leads) as leads,
            coalesce(sum(k.leads) filter (where not k.platform_has_ads), 0) as without_ads
        from kind k
        group by k.reason
    ),
    whole as (
        select coalesce(sum(r.kinds), 0)::bigint as kinds, coalesce(sum(r.leads), 0)::bigint as leads,
            coalesce(sum(r.without_ads), 0)::bigint as without_ads,
            coalesce(jsonb_object_agg(r.reason, r.leads), '{}') as by_reason
        from reasons r
    ),
    page as (
        select k.*, row_number() over (
            order by k.leads desc, k.platform collate "C", k.utm_source collate "C", k.utm_campaign collate "C",
                k.utm_id collate "C"
        ) as place
        from kind k
        order by place
        limit p_limit offset p_offset
    )
    select p.platform, nullif(p.utm_source, ''), nullif(p.utm_campaign, ''), nullif(p.utm_id, ''), p.leads, p.contracts,
        p.revenue, p.platform_has_ads, p.reason, w.kinds, w.leads, w.without_ads, w.by_reason
    from whole w
    left join page p on true
    order by p.place;
end
$$;
