-- The campaigns of the days p_from to p_to that cost something and have no lead of these days, of all platforms or of
-- some. By spend, then platform and name; two campaigns of one name are two rows. Each row also has how many there are
-- and the sum of these rows' spend, beside all spend and leads of these days, including campaigns with leads. A page
-- beyond the last is one row that has nothing else (platform null).
create or replace function analytics.get_spend_on_no_leads(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50,
    p_offset bigint default 0
)
returns table (
    platform text, campaign_id text, campaign_name text, spend numeric, impressions bigint, clicks bigint,
    campaigns bigint, spend_without_leads numeric, all_spend numeric, all_leads bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    v_from date;
    v_to date;
begin
    select d.first_day, d.last_day into v_from, v_to from analytics.days_that_count(p_tenant_id, p_from, p_to) d;
    return query
    with summed as materialized (
        select r.platform, r.campaign_ref, sum(r.spend) as spend, sum(r.impressions)::bigint as impressions,
            sum(r.clicks)::bigint as clicks, sum(r.leads)::bigint as leads
        from analytics.campaign_sums_of(p_tenant_id, v_from, v_to) r
        where p_platforms is null or r.platform = any(p_platforms)
        group by r.platform, r.campaign_ref
    ),
    whole as (
        select count(*) filter (where s.leads = 0 and s.spend > 0) as campaigns,
            coalesce(sum(round(s.spend, 2)) filter (where s.leads = 0 and s.spend > 0), 0) as without_leads,
            round(coalesce(sum(s.spend), 0), 2) as spend, coalesce(sum(s.leads), 0)::bigint as leads
        from summed s
    ),
    page as (
        select s.platform, c.external_id, c.name, s.spend, s.impressions, s.clicks, row_number() over (
            order by s.spend desc, s.platform collate "C", c.name collate "C", s.campaign_ref collate "C"
        ) as place
        from summed s
        left join analytics.campaign c
            on c.tenant_id = p_tenant_id and c.platform = s.platform and c.campaign_ref = s.campaign_ref
        where s.leads = 0 and s.spend > 0
        order by place
        limit p_limit offset p_offset
    )
    select p.platform, p.external_id, p.name, round(p.spend, 2), p.impressions, p.clicks, w.campaigns, w.without_leads,
        w.spend, w.leads
    from whole w
    left join page p on true
    order by p.place;
end
$$;
