-- What a change of what campaigns had is made of, by platform and campaign, of the days p_days: p_part of it and, of a ratio,
-- p_below: spend (over leads or clicks, or over nothing: null), revenue (over spend), clicks (over impressions). A campaign's day of these
-- differs by a fifth without a reason, counts at least by as much as chance makes of few, revenue by whole contracts. As
-- insights.get_leaves_of_leads otherwise.
create or replace function insights.get_leaves_of_ads(
    p_tenant_id uuid, p_part text, p_below text, p_days date[], p_weights float8[], p_only text[], p_most integer
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
        select u.day, u.weight from unnest(p_days, p_weights) as u (day, weight)
    ),
    told as (
        select
            a.platform, nullif(a.campaign_ref, '') as campaign_ref, s.weight, a.contracts::float8 as contracts,
            case p_part
                when 'spend' then a.spend when 'revenue' then a.revenue when 'clicks' then a.clicks
            end::float8 as part,
            case p_below
                when 'leads' then a.leads when 'clicks' then a.clicks when 'impressions' then a.impressions when 'spend' then a.spend
            end::float8 as below
        from analytics.v6_campaign_roi_daily a
        inner join steps s on s.day = a.day
        where
            a.tenant_id = p_tenant_id and a.day = any(p_days)
            and (p_only[1] is null or a.platform = p_only[1])
            and (p_only[2] is null or a.platform || ' ' || a.campaign_ref = p_only[2])
    ),
    counted as (
        select
            t.*, case t.weight when 0 then 1 else t.weight end as counts,
            case p_part
                when 'spend' then 0.05 * t.part * t.part when 'revenue' then t.part * t.part / greatest(t.contracts, 1)
                else greatest(t.part, 0.05 * t.part * t.part)
            end as variance,
            case p_below
                when 'spend' then 0.05 * t.below * t.below else greatest(t.below, 0.05 * t.below * t.below)
            end as variance_below
        from told t
    ),
    leaves as (
        select
            c.platform, c.campaign_ref, sum(c.part * c.weight) as expected,
            sum(case c.weight when 0 then c.part else 0 end) as actual,
            sum(c.variance * c.counts) as variance, coalesce(sum(c.below * c.weight), 0) as expected_below,
            sum(case c.weight when 0 then coalesce(c.below, 0) else 0 end) as actual_below,
            coalesce(sum(c.variance_below * c.counts), 0) as variance_below
        from counted c
        group by c.platform, c.campaign_ref
    ),
    ranked as (
        select
            l.*, row_number() over (
                order by greatest(abs(l.expected), abs(l.actual)) desc, l.platform, l.campaign_ref
            ) <= p_most as is_told
        from leaves l
    )
    select
        array[r.platform, r.platform || ' ' || r.campaign_ref], array[null, c.name], r.expected, r.actual, r.variance,
        r.expected_below, r.actual_below, r.variance_below
    from ranked r
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = r.platform and c.campaign_ref = r.campaign_ref
    where r.is_told
    union all
    select
        array_fill(null::text, array[2]), array_fill(null::text, array[2]), sum(r.expected), sum(r.actual), sum(r.variance),
        sum(r.expected_below), sum(r.actual_below), sum(r.variance_below)
    from ranked r
    where not r.is_told
    having count(*) > 0;
end
$$;
