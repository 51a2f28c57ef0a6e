-- What a change of leads, contracts or lead_revenue (p_part), or of contracts over leads (p_below: 'leads', else null),
-- is made of: combinations of platform, channel, campaign, branch and product, each with what came in the steps of
-- weight 0, and what was expected from the others, each counted by its weight. Steps are p_days, or p_hours, each
-- beside the day it lies on; p_only limits to one member of a dimension if it is not null. variance is that of single
-- leads, over expected and actual together. The p_most largest have a row each, all others one without members. Of very
-- many leads only the part p_kept is counted, always the same ones, chosen by their keys, and stands for all: each
-- counts for so many, and for correspondingly more chance.
create or replace function insights.get_leaves_of_leads(
    p_tenant_id uuid, p_part text, p_below text, p_days date[], p_hours timestamptz[], p_weights float8[], p_only text[],
    p_most integer, p_kept float8 default 1
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
        select coalesce(u.hour, u.day::timestamp at time zone 'UTC') as begins, u.weight
        from unnest(p_days, p_hours, p_weights) as u (day, hour, weight)
    ),
    counted as (
        select
            f.platform, f.channel, nullif(f.campaign_ref, '') as campaign_ref, f.location_id,
            coalesce(f.product_id, f.product_name) as product, f.product_name, s.weight,
            case p_part when 'contracts' then f.contracts when 'lead_revenue' then f.revenue else 1 end::float8 as amount,
            (p_below is not null)::integer as below
        from analytics.fact_leads f
        inner join steps s
            on s.begins = case
                when p_hours is null then f.day::timestamp at time zone 'UTC' else date_bin('1 hour', f.hour, p_hours[1])
            end
        where
            f.tenant_id = p_tenant_id and f.day = any(p_days)
            and (p_only[1] is null or f.platform = p_only[1])
            and (p_only[2] is null or f.channel = p_only[2])
            and (p_only[3] is null or f.platform || ' ' || f.campaign_ref = p_only[3])
            and (p_only[4] is null or f.location_id = p_only[4])
            and (p_only[5] is null or coalesce(f.product_id, f.product_name) = p_only[5])
            and (p_kept >= 1 or (hashtextextended(f.lead_id, 0) & 65535) < p_kept * 65536)
    ),
    leaves as (
        select
            r.platform, r.channel, r.campaign_ref, r.location_id, r.product, max(r.product_name) as product_name,
            sum(r.amount * r.weight) as expected, sum(case r.weight when 0 then r.amount else 0 end) as actual,
            sum(r.amount * r.amount * case r.weight when 0 then 1 else r.weight end) as variance,
            sum(r.below * r.weight) as expected_below, sum(case r.weight when 0 then r.below else 0 end)::float8 as actual_below
        from counted r
        where r.amount <> 0 or r.below > 0
        group by r.platform, r.channel, r.campaign_ref, r.location_id, r.product
    ),
    ranked as (
        select
            l.*, row_number() over (
                order by greatest(abs(l.expected), abs(l.actual), l.expected_below, l.actual_below) desc, l.platform, l.channel,
                    l.campaign_ref, l.location_id, l.product
            ) <= p_most as is_told
        from leaves l
    )
    select
        array[r.platform, r.channel, r.platform || ' ' || r.campaign_ref, r.location_id, r.product],
        array[null, null, c.name, b.location_name, r.product_name], r.expected, r.actual, r.variance,
        r.expected_below, r.actual_below, r.expected_below + r.actual_below
    from ranked r
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = r.platform and c.campaign_ref = r.campaign_ref
    left join data.locations b on b.tenant_id = p_tenant_id and b.location_id = r.location_id
    where r.is_told
    union all
    select
        array_fill(null::text, array[5]), array_fill(null::text, array[5]), sum(r.expected), sum(r.actual), sum(r.variance),
        sum(r.expected_below), sum(r.actual_below), sum(r.expected_below + r.actual_below)
    from ranked r
    where not r.is_told
    having count(*) > 0;
end
$$;
