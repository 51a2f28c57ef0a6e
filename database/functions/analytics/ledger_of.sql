-- What platforms claim to have brought on the days p_from to p_to beside what the company's own books say, by day and
-- campaign (campaign_ref '': what belongs to none), in cents; each order and contract once. The days are those of the
-- claims, of the leads' creation and of the orders; an order is of the campaign of the session that it was made in, of the
-- platform 'untracked' where it was made in none.
-- claimed_revenue - our_revenue = refund + window + duplicate + untracked + currency + thresholded + unexplained (decision
-- 0030): each label has the sign of the gap and says no more than what the ones before it left over.
create or replace function analytics.ledger_of(p_tenant_id uuid, p_from date, p_to date, p_platforms text[])
returns table (
    day date, platform text, campaign_ref text, spend numeric, claimed_conversions numeric, claimed_revenue numeric,
    leads bigint, contracts bigint, revenue numeric, orders bigint, order_revenue numeric, refunds numeric,
    our_revenue numeric, refund_gap numeric, window_gap numeric, duplicate_gap numeric, untracked_gap numeric,
    currency_gap numeric, thresholded_gap numeric, unexplained numeric
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
-- Hashed: of a tenant that the planner does not know yet it expects a few rows, and would loop over all pairs. What is to be
-- looked up by key is written so that it cannot become a join.
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with sold as materialized (
        select s.transaction_id, s.day, s.event_ts, s.u, s.user_pseudo_id, s.session_id, s.value, r.refunds
        from analytics.sale s
        cross join lateral (
            select round(coalesce(sum((
                select sum(f.amount)
                from data.shop_refund f
                where f.tenant_id = p_tenant_id and f.source_id = o.source_id and f.order_id = o.order_id
            )), 0) * coalesce(s.rate, 1), 2) as refunds
            from data.shop_order o
            where o.tenant_id = p_tenant_id and o.transaction_id = s.transaction_id and o.purchase_id is not null
        ) r
        -- (what is bought later may be claimed on the day of the click)
        where s.tenant_id = p_tenant_id and s.day between p_from and p_to + 8
            -- An order that the lead's contract has the number of is that contract.
            and (
                select count(*)
                from data.contract c
                where c.tenant_id = p_tenant_id and c.contract_id = s.transaction_id and c.status = 'signed'
                    and (
                        select count(*) from data.lead l where l.tenant_id = p_tenant_id and l.lead_id = c.lead_id
                    ) > 0
            ) = 0
    ),
    touched as materialized (
        select x.transaction_id, v.day, v.first_ts, coalesce(v.source, '') as source, coalesce(v.campaign, '') as campaign,
            true as is_own
        from sold x
        cross join lateral (
            select o.day, o.first_ts, o.source, o.campaign
            from analytics.session o
            where o.tenant_id = p_tenant_id and o.user_pseudo_id = x.user_pseudo_id and o.session_id = x.session_id
            limit 1
        ) v
        union all
        select x.transaction_id, v.day, v.first_ts, v.source, v.campaign, false
        from sold x
        inner join analytics.session v
            on v.tenant_id = p_tenant_id and v.u = x.u and v.first_ts <= x.event_ts
            and v.first_ts > x.event_ts - interval '7 days' and v.day between p_from - 9 and p_to + 9
        where v.source is not null and v.campaign is not null
    ),
    named as materialized (
        select t.source, t.campaign, analytics.platform_of('', false, false, lower(t.source), '') as platform
        from (select distinct source, campaign from touched) t
    ),
    meant as materialized (
        select n.source, n.campaign, n.platform, coalesce(i.campaign_ref, w.campaign_ref, '') as campaign_ref
        from named n
        left join analytics.campaign_word i
            on i.tenant_id = p_tenant_id
            and i.word_id = md5(concat_ws(E'\x1f', n.platform, 'id', lower(n.campaign)))::uuid and n.campaign <> ''
        left join analytics.campaign_word w
            on w.tenant_id = p_tenant_id
            and w.word_id = md5(concat_ws(E'\x1f', n.platform, 'name', lower(n.campaign)))::uuid and n.campaign <> ''
    ),
    touch as materialized (
        select t.transaction_id, t.day, t.first_ts, t.is_own, m.platform, m.campaign_ref
        from touched t
        inner join meant m on m.source = t.source and m.campaign = t.campaign
    ),
    placed as materialized (
        select x.*, coalesce(t.platform, 'untracked') as platform, coalesce(t.campaign_ref, '') as campaign_ref
        from sold x
        left join touch t on t.transaction_id = x.transaction_id and t.is_own
    ),
    -- The last click on a campaign before the order: what its platform books the order on.
    clicked as materialized (
        select distinct on (t.transaction_id, t.platform, t.campaign_ref)
            t.transaction_id, t.day, t.platform, t.campaign_ref
        from touch t
        where t.campaign_ref <> ''
        order by t.transaction_id, t.platform, t.campaign_ref, t.first_ts desc
    ),
    moved as (
        select c.day as click_day, c.platform, c.campaign_ref, p.day, p.value,
            (p.platform, p.campaign_ref) = (c.platform, c.campaign_ref) as is_own, p.campaign_ref = '' as is_of_none
        from clicked c
        inner join placed p on p.transaction_id = c.transaction_id
    ),
    part as (
        select r.day, r.platform, r.campaign_ref, r.spend, r.claimed_conversions, r.claimed_revenue, r.leads, r.contracts,
            r.revenue, 0::bigint as orders, 0::numeric as gross, 0::numeric as refunds, 0::numeric as moved_in,
            0::numeric as moved_out, 0::numeric as shared, false as lacks_rate, true as is_row
        from analytics.v6_campaign_roi_daily r
        where r.tenant_id = p_tenant_id and r.day between p_from and p_to
        union all
        select p.day, p.platform, p.campaign_ref, 0, 0, 0, 0, 0, 0, 1, coalesce(p.value, 0),
            case when p.value is null then 0 else p.refunds end, 0, 0, 0, p.value is null, true
        from placed p
        union all
        select m.click_day, m.platform, m.campaign_ref, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            case when m.is_own or m.is_of_none then m.value else 0 end, 0,
            case when m.is_own or m.is_of_none then 0 else m.value end, false, false
        from moved m
        where m.value > 0 and not (m.is_own and m.click_day = m.day)
        union all
        select m.day, m.platform, m.campaign_ref, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, m.value, 0, false, false
        from moved m
        where m.value > 0 and m.is_own and m.click_day <> m.day
    ),
    line as (
        select x.day, x.platform, x.campaign_ref, round(sum(x.spend), 2) as spend,
            sum(x.claimed_conversions) as claimed_conversions, round(sum(x.claimed_revenue), 2) as claimed_revenue,
            sum(x.leads)::bigint as leads, sum(x.contracts)::bigint as contracts, round(sum(x.revenue), 2) as revenue,
            sum(x.orders)::bigint as orders, sum(x.gross) - sum(x.refunds) as order_revenue, sum(x.gross) as gross,
            sum(x.refunds) as refunds, sum(x.moved_in) as moved_in, sum(x.moved_out) as moved_out, sum(x.shared) as shared,
            bool_or(x.lacks_rate) as lacks_rate
        from part x
        where x.day between p_from and p_to and (p_platforms is null or x.platform = any(p_platforms))
        group by x.day, x.platform, x.campaign_ref
        having bool_or(x.is_row)
    )
    select l.day, l.platform, l.campaign_ref, l.spend, l.claimed_conversions, l.claimed_revenue, l.leads, l.contracts,
        l.revenue, l.orders, l.order_revenue, l.refunds, l.revenue + l.order_revenue, a.gap, b.gap, c.gap, d.gap, e.gap,
        f.gap, f.rest - f.gap
    from line l
    cross join lateral (select l.claimed_revenue - l.revenue - l.order_revenue as rest) o
    cross join lateral (select least(greatest(o.rest, 0), l.refunds) as gap, o.rest) a
    cross join lateral (
        select case when y.rest > 0 then least(y.rest, l.moved_in) else greatest(y.rest, -l.moved_out) end as gap, y.rest
        from (select a.rest - a.gap as rest) y
    ) b
    cross join lateral (
        select least(greatest(y.rest, 0), l.shared) as gap, y.rest from (select b.rest - b.gap as rest) y
    ) c
    -- Contracts are signed where no tag is, and what belongs to no campaign no platform can claim.
    cross join lateral (
        select greatest(
            least(y.rest, 0), -greatest(l.revenue + case when l.campaign_ref = '' then l.gross else 0 end, 0)
        ) as gap, y.rest
        from (select c.rest - c.gap as rest) y
    ) d
    cross join lateral (
        select case
            when y.rest > 0 and (l.lacks_rate or exists (
                select from analytics.unconverted_day u
                where u.tenant_id = p_tenant_id and u.day = l.day and u.platform = l.platform and u.side = 'contracts'
            )) then y.rest
            when y.rest < 0 and exists (
                select from analytics.unconverted_day u
                where u.tenant_id = p_tenant_id and u.day = l.day and u.platform = l.platform and u.side = 'ads'
            ) then y.rest
            else 0
        end as gap, y.rest
        from (select d.rest - d.gap as rest) y
    ) e
    cross join lateral (
        select case
            when y.rest > 0 and exists (
                select from data.quality_flag q
                where q.tenant_id = p_tenant_id and q.day = l.day and q.flag = 'thresholded'
            ) then y.rest
            else 0
        end as gap, y.rest
        from (select e.rest - e.gap as rest) y
    ) f;
end
$$;
