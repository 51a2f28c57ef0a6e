-- Makes anew what the ledger's lines of some days come to. Where nothing of an order is booked on a day, its lines are what
-- campaigns had on it, and only contracts, which no tag sees, and rates tell claims from books: what analytics.ledger_of says
-- then, without the labels that only orders can have.
create or replace function analytics.refresh_ledger_totals(p_tenant_id uuid, p_days date[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs.
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
    select p_tenant_id, j.day, j.platform, sum(j.lines), sum(j.spend), sum(j.claimed_conversions), sum(j.claimed_revenue),
        sum(j.leads), sum(j.contracts), sum(j.revenue), 0, 0, 0, 0, 0, 0, 0, sum(j.untracked),
        coalesce(sum(j.over + j.under) filter (where j.is_of_rates), 0),
        coalesce(sum(j.over) filter (where not j.is_of_rates), 0),
        coalesce(sum(j.under) filter (where not j.is_of_rates), 0)
    from (
        select g.*,
            case
                when g.over > 0 then exists (
                    select from analytics.unconverted_day u
                    where u.tenant_id = p_tenant_id and u.day = g.day and u.platform = g.platform and u.side = 'contracts'
                )
                when g.under < 0 then exists (
                    select from analytics.unconverted_day u
                    where u.tenant_id = p_tenant_id and u.day = g.day and u.platform = g.platform and u.side = 'ads'
                )
                else false
            end as is_of_rates
        from (
            select l.day, l.platform, count(*) as lines, sum(l.spend) as spend,
                sum(l.claimed_conversions) as claimed_conversions, sum(l.claimed_revenue) as claimed_revenue,
                sum(l.leads) as leads, sum(l.contracts) as contracts, sum(l.revenue) as revenue,
                case when l.is_short then 0 else sum(l.claimed_revenue) - sum(l.revenue) end as over,
                coalesce(
                    sum(greatest(l.claimed_revenue - l.revenue, -greatest(l.revenue, 0))) filter (where l.is_short), 0
                ) as untracked,
                coalesce(
                    sum(least(l.claimed_revenue - l.revenue + greatest(l.revenue, 0), 0)) filter (where l.is_short), 0
                ) as under
            from (
                select o.*, o.claimed_revenue < o.revenue as is_short
                from (
                    -- (each figure is rounded once, however often it is asked for)
                    select r.day, r.platform, round(r.spend, 2) as spend, r.claimed_conversions,
                        round(r.claimed_revenue, 2) as claimed_revenue, r.leads, r.contracts,
                        round(r.revenue, 2) as revenue
                    from analytics.v6_campaign_roi_daily r
                    where r.tenant_id = p_tenant_id and r.day = any(v_others)
                    offset 0
                ) o
            ) l
            group by l.day, l.platform, l.is_short
        ) g
    ) j
    group by j.day, j.platform;

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
