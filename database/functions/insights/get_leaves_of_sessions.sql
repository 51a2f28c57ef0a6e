-- What a change of sessions, or of those with a purchase ('bought') over all of them, is made of (p_part): by channel,
-- source, campaign and branch. Otherwise as insights.get_leaves_of_leads.
create or replace function insights.get_leaves_of_sessions(
    p_tenant_id uuid, p_part text, p_days date[], p_hours timestamptz[], p_weights float8[], p_only text[], p_most integer,
    p_kept float8 default 1
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
        select v.channel, v.source, v.campaign, v.location_id, v.bought, 1 as sessions, s.weight
        from analytics.session v
        inner join steps s
            on s.begins = case
                when p_hours is null then v.day::timestamp at time zone 'UTC' else date_bin('1 hour', v.first_ts, p_hours[1])
            end
        where
            v.tenant_id = p_tenant_id and v.day = any(p_days)
            and (p_only[1] is null or v.channel = p_only[1])
            and (p_only[2] is null or v.source = p_only[2])
            and (p_only[3] is null or v.campaign = p_only[3])
            and (p_only[4] is null or v.location_id = p_only[4])
            and (p_kept >= 1 or (hashtextextended(v.user_pseudo_id || v.session_id, 0) & 65535) < p_kept * 65536)
        union all
        -- Days that only the vendor reported have no sample, so their totals are scaled to the sampled share of the
        -- others.
        select t.channel, null, null, null, false, t.sessions * least(p_kept, 1), s.weight
        from analytics.traffic_day t
        inner join steps s on s.begins = t.day::timestamp at time zone 'UTC'
        where
            p_hours is null and t.tenant_id = p_tenant_id and t.day = any(p_days) and t.told_by_vendor and p_part = 'sessions'
            and (p_only[1] is null or t.channel = p_only[1])
            and num_nonnulls(p_only[2], p_only[3], p_only[4]) = 0
    ),
    leaves as (
        select
            c.channel, c.source, c.campaign, c.location_id, sum(c.sessions * c.weight) as expected,
            coalesce(sum(c.sessions) filter (where c.weight = 0), 0)::float8 as actual,
            coalesce(sum(c.weight) filter (where c.bought), 0) as expected_bought,
            count(*) filter (where c.bought and c.weight = 0)::float8 as actual_bought
        from counted c
        group by c.channel, c.source, c.campaign, c.location_id
    ),
    figures as (
        select
            l.channel, l.source, l.campaign, l.location_id,
            case p_part when 'sessions' then l.expected else l.expected_bought end as expected,
            case p_part when 'sessions' then l.actual else l.actual_bought end as actual,
            case p_part when 'sessions' then 0 else l.expected end as expected_below,
            case p_part when 'sessions' then 0 else l.actual end as actual_below,
            row_number() over (
                order by greatest(l.expected, l.actual) desc, l.channel, l.source, l.campaign, l.location_id
            ) <= p_most as is_told
        from leaves l
    )
    select
        array[f.channel, f.source, f.campaign, f.location_id], array[null, null, null, b.location_name],
        f.expected, f.actual, f.expected + f.actual, f.expected_below, f.actual_below, f.expected_below + f.actual_below
    from figures f
    left join data.locations b on b.tenant_id = p_tenant_id and b.location_id = f.location_id
    where f.is_told
    union all
    select
        array_fill(null::text, array[4]), array_fill(null::text, array[4]), sum(f.expected), sum(f.actual),
        sum(f.expected + f.actual), sum(f.expected_below), sum(f.actual_below), sum(f.expected_below + f.actual_below)
    from figures f
    where not f.is_told
    having count(*) > 0;
end
$$;
