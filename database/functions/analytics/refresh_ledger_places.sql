-- Puts into the working table ledger_entry what each transaction of ledger_order adds to which lines (decision 0030),
-- and into ledger_word the words by which its clicks name campaigns. Look-ups by key are written so that they cannot
-- become a join: few transactions are dirty, and for a tenant that the planner does not know yet it would choose badly.
-- The key is chosen for tenants as they usually are, not for this one: for an unknown one, every index that begins with
-- the tenant looks as good as the right one.
create or replace function analytics.refresh_ledger_places(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
as $$
begin
    with sold as materialized (
        select s.transaction_id, s.day, s.event_ts, s.u, s.user_pseudo_id, s.session_id, s.value, k.lead_day,
            case when s.value is null then 0 else b.amount end as refunds, s.value is null or b.lacks_rate as lacks_rate
        from pg_temp.ledger_order o
        cross join lateral (
            select x.* from analytics.sale x
            where x.tenant_id = p_tenant_id and x.transaction_id = o.transaction_id
            offset 0
        ) s
        -- An order with the number of a lead's contract is that contract.
        cross join lateral (
            select (
                select l.created_day
                from data.contract c
                inner join data.lead l on l.tenant_id = p_tenant_id and l.lead_id = c.lead_id
                where c.tenant_id = p_tenant_id and c.contract_id = s.transaction_id and c.status = 'signed'
            ) as lead_day
        ) k
        cross join lateral analytics.given_back(
            p_tenant_id, p_currency, s.transaction_id, s.day, s.currency, s.rate, s.value
        ) b
    ),
    touched as materialized (
        select x.transaction_id, v.day, v.first_ts, lower(left(v.source, 300)) as source, lower(v.campaign) as campaign,
            v.is_own
        from sold x
        cross join lateral (
            (
                select s.day, s.first_ts, coalesce(s.source, '') as source, coalesce(s.campaign, '') as campaign,
                    true as is_own
                from analytics.session s
                where s.tenant_id = p_tenant_id and s.user_pseudo_id = x.user_pseudo_id and s.session_id = x.session_id
            )
            union all
            (
                -- Platforms claim orders within seven days of a click.
                select s.day, s.first_ts, s.source, s.campaign, false
                from analytics.session s
                where s.tenant_id = p_tenant_id and s.u = x.u and s.first_ts <= x.event_ts
                    and s.first_ts > x.event_ts - interval '7 days' and s.source is not null and s.campaign is not null
            )
        ) v
        where x.lead_day is null
    ),
    named as materialized (
        select t.source, analytics.platform_of('', false, false, t.source, '') as platform
        from (select distinct y.source from touched y) t
    ),
    meant as materialized (
        select n.source, n.campaign, m.platform, coalesce(i.campaign_ref, w.campaign_ref, '') as campaign_ref,
            z.time_zone, case when n.campaign <> '' then md5(concat_ws(E'\x1f', m.platform, n.campaign))::uuid end as word_id
        from (select distinct t.source, t.campaign from touched t) n
        inner join named m on m.source = n.source
        left join lateral (
            select x.campaign_ref from analytics.campaign_word x
            where x.tenant_id = p_tenant_id and n.campaign <> ''
                and x.word_id = md5(concat_ws(E'\x1f', m.platform, 'id', n.campaign))::uuid
            offset 0
        ) i on true
        left join lateral (
            select x.campaign_ref from analytics.campaign_word x
            where x.tenant_id = p_tenant_id and n.campaign <> ''
                and x.word_id = md5(concat_ws(E'\x1f', m.platform, 'name', n.campaign))::uuid
            offset 0
        ) w on true
        left join lateral (
            select a.time_zone
            from analytics.campaign c
            inner join data.ad_account a
                on a.tenant_id = p_tenant_id and a.platform = c.platform and a.account_id = c.account_id
            where c.tenant_id = p_tenant_id and c.platform = m.platform
                and c.campaign_ref = coalesce(i.campaign_ref, w.campaign_ref)
            offset 0
        ) z on true
    ),
    words as (
        insert into pg_temp.ledger_word (transaction_id, word_id)
        select distinct t.transaction_id, m.word_id
        from touched t
        inner join meant m on m.source = t.source and m.campaign = t.campaign
        where m.word_id is not null
    ),
    -- The last click on each campaign before the order. The platform books the order on that day, in the account's time
    -- zone.
    clicked as materialized (
        select distinct on (t.transaction_id, m.platform, m.campaign_ref)
            t.transaction_id, m.platform, m.campaign_ref, t.day as click_day,
            coalesce((t.first_ts at time zone m.time_zone)::date, t.day) as booked_day
        from touched t
        inner join meant m on m.source = t.source and m.campaign = t.campaign
        where not t.is_own and m.campaign_ref <> ''
        order by t.transaction_id, m.platform, m.campaign_ref, t.first_ts desc
    ),
    placed as materialized (
        select x.*, coalesce(m.platform, 'untracked') as platform, coalesce(m.campaign_ref, '') as campaign_ref
        from sold x
        left join touched t on t.transaction_id = x.transaction_id and t.is_own
        left join meant m on m.source = t.source and m.campaign = t.campaign
    ),
    own as (
        select p.*, c.click_day = p.day as is_of_day, c.booked_day,
            coalesce(c.booked_day <> p.day and p.value > 0, false) as is_booked_elsewhere
        from placed p
        left join clicked c
            on c.transaction_id = p.transaction_id and c.platform = p.platform and c.campaign_ref = p.campaign_ref
    ),
    entry as (
        select o.transaction_id, 0 as place, o.day, o.platform, o.campaign_ref, o.lead_day is null as is_order,
            case when o.lead_day is null then coalesce(o.value, 0) else 0 end as gross,
            case when o.lead_day is null then o.refunds else 0 end as refunds, 0::numeric as moved_in,
            case when o.is_booked_elsewhere and not o.is_of_day then o.value else 0 end as moved_out,
            0::numeric as zone_in, case when o.is_booked_elsewhere and o.is_of_day then o.value else 0 end as zone_out,
            0::numeric as shared, o.lacks_rate and o.lead_day is null as lacks_rate, o.lead_day
        from own o
        union all
        select o.transaction_id, 1, o.booked_day, o.platform, o.campaign_ref, false, 0, 0,
            case when o.is_of_day then 0 else o.value end, 0, case when o.is_of_day then o.value else 0 end, 0, 0, false, null
        from own o
        where o.is_booked_elsewhere
        union all
        select c.transaction_id, 2, c.booked_day, c.platform, c.campaign_ref, false, 0, 0,
            case when p.campaign_ref = '' then p.value else 0 end, 0, 0, 0,
            case when p.campaign_ref = '' then 0 else p.value end, false, null
        from clicked c
        inner join placed p on p.transaction_id = c.transaction_id
        where p.value > 0 and (p.platform, p.campaign_ref) <> (c.platform, c.campaign_ref)
    )
    insert into pg_temp.ledger_entry (
        transaction_id, entry_no, day, platform, campaign_ref, is_order, gross, refunds, moved_in, moved_out, zone_in,
        zone_out, shared, lacks_rate, lead_day
    )
    select e.transaction_id,
        row_number() over (
            partition by e.transaction_id order by e.place, e.platform collate "C", e.campaign_ref collate "C"
        ) - 1,
        e.day, e.platform, e.campaign_ref, e.is_order, e.gross, e.refunds, e.moved_in, e.moved_out, e.zone_in,
        e.zone_out, e.shared, e.lacks_rate, e.lead_day
    from entry e;
end
$$;
