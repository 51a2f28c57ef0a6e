-- Rebuilds the sums of the ledger's lines of some days. If nothing of an order is booked on a day, its lines are what
-- campaigns had on it, and only contracts, which no tag sees, and rates distinguish claims from books: then it is what
-- analytics.ledger_of says, without the labels that only orders can have.
create or replace function analytics.refresh_ledger_totals(p_tenant_id uuid, p_days date[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_booked date[] := array(
        select d.day from unnest(p_days) as d (day)
        where exists (
            select from analytics.ledger_entry e where e.tenant_id = p_tenant_id and e.day = d.day offset 0
        )
    );
    v_others date[] := array(select d.day from unnest(p_days) as d (day) except select b.day from unnest(v_booked) as b (day));
begin
    delete from analytics.ledger_total t where t.tenant_id = p_tenant_id and t.day = any(p_days);

    insert into analytics.ledger_total (
        tenant_id, day, platform, lines, spend, claimed_conversions, claimed_revenue, leads, contracts, revenue, orders,
        order_revenue, refunds, refund_gap, window_gap, time_zone_gap, duplicate_gap, untracked_gap, currency_gap, over_gap,
        under_gap
    )
    select p_tenant_id, g.day, g.platform, g.lines, g.spend, g.claimed_conversions, g.claimed_revenue, g.leads, g.contracts,
        g.revenue, 0, 0, 0, 0, 0, 0, 0, g.untracked,
        case when g.lacks_contracts then g.over else 0 end + case when g.lacks_ads then g.under else 0 end,
        case when g.lacks_contracts then 0 else g.over end, case when g.lacks_ads then 0 else g.under end
    from (
        select l.*,
            l.over > 0 and exists (
                select from analytics.unconverted_day u
                where u.tenant_id = p_tenant_id and u.day = l.day and u.platform = l.platform and u.side = 'contracts'
            ) as lacks_contracts,
            l.under < 0 and exists (
                select from analytics.unconverted_day u
                where u.tenant_id = p_tenant_id and u.day = l.day and u.platform = l.platform and u.side = 'ads'
            ) as lacks_ads
        from (
            select o.day, o.platform, count(*) as lines, sum(o.spend) as spend,
                sum(o.claimed_conversions) as claimed_conversions, sum(o.claimed_revenue) as claimed_revenue,
                sum(o.leads) as leads, sum(o.contracts) as contracts, sum(o.revenue) as revenue,
                coalesce(sum(o.claimed_revenue - o.revenue) filter (where o.claimed_revenue > o.revenue), 0) as over,
                coalesce(
                    sum(greatest(o.claimed_revenue - o.revenue, -greatest(o.revenue, 0)))
                        filter (where o.claimed_revenue < o.revenue),
                    0
                ) as untracked,
                coalesce(
                    sum(least(o.claimed_revenue - o.revenue + greatest(o.revenue, 0), 0))
                        filter (where o.claimed_revenue < o.revenue),
                    0
                ) as under
            from (
                -- Computed here once, because each figure is used several times.
                select r.day, r.platform, round(r.spend, 2) as spend, r.claimed_conversions,
                    round(r.claimed_revenue, 2) as claimed_revenue, r.leads, r.contracts, round(r.revenue, 2) as revenue
                from analytics.v6_campaign_roi_daily r
                where r.tenant_id = p_tenant_id and r.day = any(v_others)
                offset 0
            ) o
            group by o.day, o.platform
        ) l
        offset 0
    ) g;

    if v_booked <> '{}' then
        insert into analytics.ledger_total (
            tenant_id, day, platform, lines, spend, claimed_conversions, claimed_revenue, leads, contracts, revenue, orders,
            order_revenue, refunds, refund_gap, window_gap, time_zone_gap, duplicate_gap, untracked_gap, currency_gap,
            over_gap, under_gap
        )
        select p_tenant_id, l.day, l.platform, count(*), sum(l.spend), sum(l.claimed_conversions), sum(l.claimed_revenue),
            sum(l.leads), sum(l.contracts), sum(l.revenue), sum(l.orders), sum(l.order_revenue), sum(l.refunds),
            sum(l.refund_gap), sum(l.window_gap), sum(l.time_zone_gap), sum(l.duplicate_gap), sum(l.untracked_gap),
            sum(l.currency_gap), sum(greatest(l.thresholded_gap + l.unexplained, 0)), sum(least(l.unexplained, 0))
        from analytics.ledger_of(p_tenant_id, v_booked, null) l
        group by l.day, l.platform;
    end if;
end
$$;
