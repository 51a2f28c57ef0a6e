-- What the lines of analytics.ledger_of come to. One row.
create or replace function analytics.get_ledger_totals(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    lines bigint, spend numeric, claimed_conversions numeric, claimed_revenue numeric, roas_claimed numeric, leads bigint,
    n_contracts bigint, revenue numeric, orders bigint, order_revenue numeric, refunds numeric, our_revenue numeric,
    roas numeric, refund_gap numeric, window_gap numeric, duplicate_gap numeric, untracked_gap numeric,
    currency_gap numeric, thresholded_gap numeric, unexplained numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.lines, t.spend, t.claimed_conversions, t.claimed_revenue,
        coalesce(round(t.claimed_revenue / nullif(t.spend, 0), 2), 0), t.leads, t.contracts, t.revenue, t.orders,
        t.order_revenue, t.refunds, t.our_revenue, coalesce(round(t.our_revenue / nullif(t.spend, 0), 2), 0), t.refund_gap,
        t.window_gap, t.duplicate_gap, t.untracked_gap, t.currency_gap, t.thresholded_gap, t.unexplained
    from (
        select count(*) as lines, coalesce(sum(l.spend), 0) as spend,
            coalesce(sum(l.claimed_conversions), 0) as claimed_conversions,
            coalesce(sum(l.claimed_revenue), 0) as claimed_revenue, coalesce(sum(l.leads), 0)::bigint as leads,
            coalesce(sum(l.contracts), 0)::bigint as contracts, coalesce(sum(l.revenue), 0) as revenue,
            coalesce(sum(l.orders), 0)::bigint as orders, coalesce(sum(l.order_revenue), 0) as order_revenue,
            coalesce(sum(l.refunds), 0) as refunds, coalesce(sum(l.our_revenue), 0) as our_revenue,
            coalesce(sum(l.refund_gap), 0) as refund_gap, coalesce(sum(l.window_gap), 0) as window_gap,
            coalesce(sum(l.duplicate_gap), 0) as duplicate_gap, coalesce(sum(l.untracked_gap), 0) as untracked_gap,
            coalesce(sum(l.currency_gap), 0) as currency_gap, coalesce(sum(l.thresholded_gap), 0) as thresholded_gap,
            coalesce(sum(l.unexplained), 0) as unexplained
        from analytics.ledger_of(p_tenant_id, p_from, p_to, p_platforms) l
    ) t;
end
$$;
