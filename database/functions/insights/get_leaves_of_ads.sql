-- What a change in campaigns' figures is made of, by platform and campaign, on the days p_days: p_part and, for a
-- ratio, p_below: spend (over leads or clicks, or over nothing: null), revenue (over spend), clicks (over impressions).
-- The variance is how a campaign's same weekdays differ, a fifth if that is not known, a twentieth at least; counts
-- have at least the variance of chance. Otherwise as insights.get_leaves_of_leads. Of as many campaigns as p_most_rows
-- days allow, the largest of these months; all others of a platform are one, which is what the platform had less what
-- they had: nothing of the change is lost, except the names of small ones.
create or replace function insights.get_leaves_of_ads(
    p_tenant_id uuid, p_part text, p_below text, p_days date[], p_weights float8[], p_only text[], p_most integer,
    p_most_rows integer default 30000
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
    named as materialized (
        select m.platform, m.campaign_ref
        from (
            select
                a.platform, a.campaign_ref,
                abs(sum(case p_part when 'spend' then a.spend when 'revenue' then a.revenue else a.clicks end)) as part,
                abs(sum(case p_below
                    when 'leads' then a.leads when 'clicks' then a.clicks when 'impressions' then a.impressions
                    when 'spend' then a.spend else 0
                end)) as below
            from analytics.v6_campaign_roi_monthly a
            where
                a.tenant_id = p_tenant_id and a.campaign_ref <> ''
                and a.month = any(array(select distinct date_trunc('month', s.day::timestamp)::date from steps s))
                and (p_only[1] is null or a.platform = p_only[1])
                and (p_only[2] is null or a.platform || ' ' || a.campaign_ref = p_only[2])
            group by a.platform, a.campaign_ref
        ) m
        order by
            greatest(m.part / nullif(sum(m.part) over (), 0), m.below / nullif(sum(m.below) over (), 0)) desc nulls last,
            m.platform, m.campaign_ref
        limit greatest(p_most_rows / greatest(cardinality(p_days), 1), 1)
    ),
    named_days as materialized (
        select n.platform, n.campaign_ref, d.day, d.leads, d.revenue, d.spend, d.impressions, d.clicks
        from named n
        cross join lateral (
            select a.day, a.leads, a.revenue, a.spend, a.impressions, a.clicks
            from analytics.v6_campaign_roi_daily a
            where
                a.tenant_id = p_tenant_id and a.platform = n.platform and a.campaign_ref = n.campaign_ref
                and a.day = any(p_days)
            offset 0
        ) d
    ),
    days as (
        select n.platform, n.campaign_ref, n.day, n.leads, n.revenue, n.spend, n.impressions, n.clicks
        from named_days n
        union all
        select
            p.platform, null, p.day, p.leads - coalesce(n.leads, 0), p.revenue - coalesce(n.revenue, 0),
            p.spend - coalesce(n.spend, 0), p.impressions - coalesce(n.impressions, 0), p.clicks - coalesce(n.clicks, 0)
        from analytics.platform_day p
        left join (
            select
                n.platform, n.day, sum(n.leads) as leads, sum(n.revenue) as revenue, sum(n.spend) as spend,
                sum(n.impressions) as impressions, sum(n.clicks) as clicks
            from named_days n
            group by n.platform, n.day
        ) n on n.platform = p.platform and n.day = p.day
        where
            p.tenant_id = p_tenant_id and p.day = any(p_days) and p_only[2] is null
            and (p_only[1] is null or p.platform = p_only[1])
    ),
    told as (
        select
            a.platform, a.campaign_ref, extract(isodow from a.day) as weekday, s.weight,
            case p_part
                when 'spend' then a.spend when 'revenue' then a.revenue when 'clicks' then a.clicks
            end::float8 as part,
            case p_below
                when 'leads' then a.leads when 'clicks' then a.clicks when 'impressions' then a.impressions when 'spend' then a.spend
                else 0
            end::float8 as below
        from days a
        inner join steps s on s.day = a.day
    ),
    weekdays as (
        select
            t.platform, t.campaign_ref, sum(case t.weight when 0 then 1 else t.weight end) as days,
            sum(t.part * t.weight) as expected, sum(case t.weight when 0 then t.part else 0 end) as actual,
            var_samp(t.part) filter (where t.weight > 0) as spread,
            sum(t.below * t.weight) as expected_below, sum(case t.weight when 0 then t.below else 0 end) as actual_below,
            var_samp(t.below) filter (where t.weight > 0) as spread_below
        from told t
        group by t.platform, t.campaign_ref, t.weekday
    ),
    leaves as (
        select
            w.platform, w.campaign_ref, sum(w.expected) as expected, sum(w.actual) as actual,
            sum(w.days * greatest(
                coalesce(w.spread, 0.04 * a.part * a.part), 0.0025 * a.part * a.part, case p_part when 'clicks' then a.part else 0 end
            )) as variance,
            sum(w.expected_below) as expected_below, sum(w.actual_below) as actual_below,
            sum(w.days * greatest(
                coalesce(w.spread_below, 0.04 * a.below * a.below), 0.0025 * a.below * a.below,
                case p_below when 'spend' then 0 else a.below end
            )) as variance_below
        from weekdays w
        cross join lateral (
            select abs(w.expected + w.actual) / w.days as part, abs(w.expected_below + w.actual_below) / w.days as below
        ) a
        group by w.platform, w.campaign_ref
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
