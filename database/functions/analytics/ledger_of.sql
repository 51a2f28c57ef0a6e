-- What platforms claim to have brought on some days beside what the company's own books say, by day and campaign
-- (campaign_ref '': what belongs to none), in cents; each order and contract once. The days are those of the claims, of
-- the leads' creation and of the orders; an order belongs to the campaign of the session that it was made in, or to the
-- platform 'untracked' if it was made in none.
-- claimed_revenue - revenue - order_revenue = refund + window + time_zone + duplicate + untracked + currency +
-- thresholded + unexplained (decision 0030): each label has the sign of the gap and explains no more than what the ones
-- before it left over. roas is that of the contracts, of exact sums as everywhere.
create or replace function analytics.ledger_of(p_tenant_id uuid, p_days date[], p_platforms text[])
returns table (
    day date, platform text, campaign_ref text, spend numeric, claimed_conversions numeric, claimed_revenue numeric,
    leads bigint, contracts bigint, revenue numeric, orders bigint, order_revenue numeric, refunds numeric,
    refund_gap numeric, window_gap numeric, time_zone_gap numeric, duplicate_gap numeric, untracked_gap numeric,
    currency_gap numeric, thresholded_gap numeric, unexplained numeric, roas numeric
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with booked as (
        select e.day, e.platform, e.campaign_ref, sum(e.is_order::integer) as orders, sum(e.gross) as gross,
            sum(e.refunds) as refunds, sum(e.moved_in) as moved_in, sum(e.moved_out) as moved_out,
            sum(e.zone_in) as zone_in, sum(e.zone_out) as zone_out, sum(e.shared) as shared,
            bool_or(e.lacks_rate) as lacks_rate
        from analytics.ledger_entry e
        where e.tenant_id = p_tenant_id and e.day = any(p_days)
            and (p_platforms is null or e.platform = any(p_platforms))
        group by e.day, e.platform, e.campaign_ref
    ),
    told as (
        select r.day, r.platform, r.campaign_ref, round(r.spend, 2) as spend, r.claimed_conversions,
            round(r.claimed_revenue, 2) as claimed_revenue, r.leads, r.contracts, round(r.revenue, 2) as revenue,
            round(r.revenue / nullif(r.spend, 0), 2) as roas
        from analytics.v6_campaign_roi_daily r
        where r.tenant_id = p_tenant_id and r.day = any(p_days)
            and (p_platforms is null or r.platform = any(p_platforms))
    ),
    line as (
        select day, platform, campaign_ref, coalesce(t.spend, 0) as spend,
            coalesce(t.claimed_conversions, 0) as claimed_conversions, coalesce(t.claimed_revenue, 0) as claimed_revenue,
            coalesce(t.leads, 0) as leads, coalesce(t.contracts, 0) as contracts, coalesce(t.revenue, 0) as revenue,
            coalesce(t.roas, 0) as roas, coalesce(b.orders, 0) as orders, coalesce(b.gross - b.refunds, 0) as order_revenue,
            coalesce(b.refunds, 0) as refunds, b.gross, b.moved_in, b.moved_out, b.zone_in, b.zone_out, b.shared,
            coalesce(b.lacks_rate, false) as lacks_rate, b.orders is not null as has_orders
        from told t
        full join booked b using (day, platform, campaign_ref)
        where t.spend is not null or b.orders > 0
    ),
    gap as (
        select l.*, greatest(l.gap, 0) as more, least(l.gap, 0) as less,
            -- No tag sees a contract being signed, and no platform can claim what belongs to no campaign.
            greatest(case when l.campaign_ref = '' and l.has_orders then l.revenue + l.gross else l.revenue end, 0) as untracked
        from (select x.*, x.claimed_revenue - x.revenue - x.order_revenue as gap from line x offset 0) l
        offset 0
    ),
    -- Each label explains what the labels before it leave of the gap; here are the running sums. Materialized, because
    -- otherwise each sum would be computed again wherever it is used. The checks for orders save most lines the work.
    explained as materialized (
        select g.*, case when g.has_orders then least(g.more, g.refunds) else 0 end as more_refund,
            case when g.has_orders then least(g.more, g.refunds + g.moved_in) else 0 end as more_window,
            case when g.has_orders then least(g.more, g.refunds + g.moved_in + g.zone_in) else 0 end as more_zone,
            case
                when g.has_orders then least(g.more, g.refunds + g.moved_in + g.zone_in + g.shared) else 0
            end as more_shared,
            case when g.has_orders then greatest(g.less, -g.moved_out) else 0 end as less_window,
            case when g.has_orders then greatest(g.less, -g.moved_out - g.zone_out) else 0 end as less_zone,
            case
                when g.has_orders then greatest(g.less, -g.moved_out - g.zone_out - g.untracked)
                else greatest(g.less, -g.untracked)
            end as less_untracked
        from gap g
    ),
    judged as materialized (
        select x.*,
            case
                when x.more > x.more_shared then x.lacks_rate or exists (
                    select from analytics.unconverted_day u
                    where u.tenant_id = p_tenant_id and u.day = x.day and u.platform = x.platform and u.side = 'contracts'
                )
                when x.less < x.less_untracked then exists (
                    select from analytics.unconverted_day u
                    where u.tenant_id = p_tenant_id and u.day = x.day and u.platform = x.platform and u.side = 'ads'
                )
                else false
            end as is_of_rates,
            x.more > x.more_shared and exists (
                select from data.quality_flag q
                where q.tenant_id = p_tenant_id and q.day = x.day and q.flag = 'thresholded'
            ) as is_withheld,
            x.more - x.more_shared + x.less - x.less_untracked as rest
        from explained x
    )
    select j.day, j.platform, j.campaign_ref, j.spend, j.claimed_conversions, j.claimed_revenue, j.leads, j.contracts,
        j.revenue, j.orders, j.order_revenue, j.refunds, j.more_refund,
        case when j.has_orders then j.more_window - j.more_refund + j.less_window else 0 end,
        case when j.has_orders then j.more_zone - j.more_window + j.less_zone - j.less_window else 0 end,
        case when j.has_orders then j.more_shared - j.more_zone else 0 end,
        j.less_untracked - j.less_zone, case when j.is_of_rates then j.rest else 0 end,
        case when j.is_withheld and not j.is_of_rates then j.rest else 0 end,
        case when j.is_of_rates or j.is_withheld then 0 else j.rest end, j.roas
    from judged j;
end
$$;
