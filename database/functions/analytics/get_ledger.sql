-- The lines of analytics.ledger_of with their campaigns' ids and names: by day, spend, platform and name.
create or replace function analytics.get_ledger(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50,
    p_offset bigint default 0
)
returns table (
    dt date, platform text, campaign_id text, campaign_name text, spend numeric, claimed_conversions numeric,
    claimed_revenue numeric, roas_claimed numeric, leads bigint, n_contracts bigint, revenue numeric, orders bigint,
    order_revenue numeric, refunds numeric, our_revenue numeric, roas numeric, refund_gap numeric, window_gap numeric,
    duplicate_gap numeric, untracked_gap numeric, currency_gap numeric, thresholded_gap numeric, unexplained numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select l.day, l.platform, c.external_id, c.name, l.spend, l.claimed_conversions, l.claimed_revenue,
        coalesce(round(l.claimed_revenue / nullif(l.spend, 0), 2), 0), l.leads, l.contracts, l.revenue, l.orders,
        l.order_revenue, l.refunds, l.our_revenue, coalesce(round(l.our_revenue / nullif(l.spend, 0), 2), 0), l.refund_gap,
        l.window_gap, l.duplicate_gap, l.untracked_gap, l.currency_gap, l.thresholded_gap, l.unexplained
    from analytics.ledger_of(p_tenant_id, p_from, p_to, p_platforms) l
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = l.platform and c.campaign_ref = l.campaign_ref
    order by l.day, l.spend desc, l.platform collate "C", c.name collate "C", l.campaign_ref collate "C"
    limit p_limit offset p_offset;
end
$$;
