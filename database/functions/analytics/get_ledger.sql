-- The lines of analytics.ledger_of of the days p_from to p_to, with their campaigns' ids and names: by day, spend,
-- platform and name. It is known how many there are on each day, so only those of the page's days are put together.
create or replace function analytics.get_ledger(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 50,
    p_offset bigint default 0
)
returns table (
    dt date, platform text, campaign_id text, campaign_name text, spend numeric, claimed_conversions numeric,
    claimed_revenue numeric, roas_claimed numeric, leads bigint, n_contracts bigint, revenue numeric, roas numeric,
    orders bigint, order_revenue numeric, refunds numeric, our_revenue numeric, our_roas numeric, refund_gap numeric,
    window_gap numeric, time_zone_gap numeric, duplicate_gap numeric, untracked_gap numeric, currency_gap numeric,
    thresholded_gap numeric, unexplained numeric
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_days date[];
    v_before bigint;
begin
    select coalesce(array_agg(n.day), '{}'), min(n.upto - n.lines)
    into v_days, v_before
    from (
        select t.day, sum(t.lines) as lines, sum(sum(t.lines)) over (order by t.day) as upto
        from analytics.ledger_total t
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to
            and (p_platforms is null or t.platform = any(p_platforms))
        group by t.day
    ) n
    where n.upto > p_offset and n.upto - n.lines < p_offset + p_limit;
    return query
    select l.day, l.platform, c.external_id, c.name, l.spend, l.claimed_conversions, l.claimed_revenue,
        coalesce(round(l.claimed_revenue / nullif(l.spend, 0), 2), 0), l.leads, l.contracts, l.revenue,
        l.roas, l.orders, l.order_revenue, l.refunds,
        l.revenue + l.order_revenue, coalesce(round((l.revenue + l.order_revenue) / nullif(l.spend, 0), 2), 0),
        l.refund_gap, l.window_gap, l.time_zone_gap, l.duplicate_gap, l.untracked_gap, l.currency_gap, l.thresholded_gap,
        l.unexplained
    from analytics.ledger_of(p_tenant_id, v_days, p_platforms) l
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = l.platform and c.campaign_ref = l.campaign_ref
    order by l.day, l.spend desc, l.platform collate "C", c.name collate "C", l.campaign_ref collate "C"
    limit p_limit offset greatest(p_offset - v_before, 0);
end
$$;
