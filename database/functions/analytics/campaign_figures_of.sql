-- What each campaign had on the days p_from to p_to, of all platforms or of some; campaign_ref '': what belongs to
-- none. A campaign that was reported on one of these days has a row, even if all of it is zero. Exact sums, read by
-- months as in channel_leads_of.
create or replace function analytics.campaign_figures_of(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    platform text, campaign_ref text, leads bigint, contracts bigint, revenue numeric, spend numeric, impressions bigint,
    clicks bigint
)
language plpgsql stable
-- A month's rows are on neighbouring pages, but in no order: a bitmap scan reads each page once.
set enable_indexscan = off
as $$
#variable_conflict use_column
declare
    v_from date;
    v_to date;
    v_begin date;
    v_end date;
begin
    select d.first_day, d.last_day, analytics.months_begin(d.first_day, d.last_day),
        analytics.months_end(d.first_day, d.last_day)
    into v_from, v_to, v_begin, v_end
    from analytics.days_that_count(p_tenant_id, p_from, p_to) d;
    return query
    select r.platform, r.campaign_ref, sum(r.leads)::bigint, sum(r.contracts)::bigint, sum(r.revenue), sum(r.spend),
        sum(r.impressions)::bigint, sum(r.clicks)::bigint
    from (
        select m.platform, m.campaign_ref, m.leads, m.contracts, m.revenue, m.spend, m.impressions, m.clicks,
            m.month >= v_from and m.month < analytics.whole_months_end(v_to) as lies_within
        from analytics.v6_campaign_roi_monthly m
        where m.tenant_id = p_tenant_id and m.month >= v_begin and m.month < v_end
        union all
        select d.platform, d.campaign_ref, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks, true
        from analytics.v6_campaign_roi_daily d
        where d.tenant_id = p_tenant_id and d.day >= v_from and d.day < v_begin
        union all
        select d.platform, d.campaign_ref, d.leads, d.contracts, d.revenue, d.spend, d.impressions, d.clicks, true
        from analytics.v6_campaign_roi_daily d
        where d.tenant_id = p_tenant_id and d.day >= v_end and d.day <= v_to
        union all
        select d.platform, d.campaign_ref, -d.leads, -d.contracts, -d.revenue, -d.spend, -d.impressions, -d.clicks, false
        from analytics.v6_campaign_roi_daily d
        where d.tenant_id = p_tenant_id and d.day >= v_begin and d.day < v_from
        union all
        select d.platform, d.campaign_ref, -d.leads, -d.contracts, -d.revenue, -d.spend, -d.impressions, -d.clicks, false
        from analytics.v6_campaign_roi_daily d
        where d.tenant_id = p_tenant_id and d.day > v_to and d.day < v_end
    ) r
    where p_platforms is null or r.platform = any(p_platforms)
    group by r.platform, r.campaign_ref
    -- A month that is partly in the range may mention a campaign whose days are all outside of it.
    having bool_or(r.lies_within) or exists (
        select 1 from analytics.v6_campaign_roi_daily d
        where d.tenant_id = p_tenant_id and d.platform = r.platform and d.campaign_ref = r.campaign_ref
            and d.day between v_from and v_to
    );
end
$$;
