-- The totals of the ledger's lines of the days p_from to p_to. One row.
create or replace function analytics.get_ledger_totals(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    lines bigint, spend numeric, claimed_conversions numeric, claimed_revenue numeric, roas_claimed numeric, leads bigint,
    n_contracts bigint, revenue numeric, roas numeric, orders bigint, order_revenue numeric, refunds numeric,
    our_revenue numeric, our_roas numeric, refund_gap numeric, window_gap numeric, time_zone_gap numeric,
    duplicate_gap numeric, untracked_gap numeric, currency_gap numeric, thresholded_gap numeric, unexplained numeric
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_withheld date[] := array(
        select distinct q.day from data.quality_flag q
        where q.tenant_id = p_tenant_id and q.day between p_from and p_to and q.flag = 'thresholded'
    );
begin
    return query
    select t.lines, t.spend, t.claimed_conversions, t.claimed_revenue,
        coalesce(round(t.claimed_revenue / nullif(t.spend, 0), 2), 0), t.leads, t.contracts, t.revenue,
        coalesce(round(t.revenue / nullif(t.spend, 0), 2), 0), t.orders, t.order_revenue, t.refunds,
        t.revenue + t.order_revenue, coalesce(round((t.revenue + t.order_revenue) / nullif(t.spend, 0), 2), 0),
        t.refund_gap, t.window_gap, t.time_zone_gap, t.duplicate_gap, t.untracked_gap, t.currency_gap, t.withheld_gap,
        t.over_gap + t.under_gap - t.withheld_gap
    from (
        select coalesce(sum(l.lines), 0)::bigint as lines, coalesce(sum(l.spend), 0) as spend,
            coalesce(sum(l.claimed_conversions), 0) as claimed_conversions,
            coalesce(sum(l.claimed_revenue), 0) as claimed_revenue, coalesce(sum(l.leads), 0)::bigint as leads,
            coalesce(sum(l.contracts), 0)::bigint as contracts, coalesce(sum(l.revenue), 0) as revenue,
            coalesce(sum(l.orders), 0)::bigint as orders, coalesce(sum(l.order_revenue), 0) as order_revenue,
            coalesce(sum(l.refunds), 0) as refunds, coalesce(sum(l.refund_gap), 0) as refund_gap,
            coalesce(sum(l.window_gap), 0) as window_gap, coalesce(sum(l.time_zone_gap), 0) as time_zone_gap,
            coalesce(sum(l.duplicate_gap), 0) as duplicate_gap, coalesce(sum(l.untracked_gap), 0) as untracked_gap,
            coalesce(sum(l.currency_gap), 0) as currency_gap, coalesce(sum(l.over_gap), 0) as over_gap,
            coalesce(sum(l.under_gap), 0) as under_gap,
            coalesce(sum(l.over_gap) filter (where l.day = any(v_withheld)), 0) as withheld_gap
        from analytics.ledger_total l
        where l.tenant_id = p_tenant_id and l.day between p_from and p_to
            and (p_platforms is null or l.platform = any(p_platforms))
    ) t;
end
$$;
