-- Assigns the purchases of customers with changes again: each counts once, for the latest follow-up of its customer in
-- the 336 hours before it (of several at one moment, the one with the latest activity, then by kind and key). Money
-- comes with the row that carries a transaction's value.
create or replace function analytics.refresh_follow_up_claims(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    if not exists (select from pg_temp.changed_buyer) and not exists (select from pg_temp.changed_sale)
        and not exists (select from pg_temp.changed_follower) then
        return;
    end if;
    if not exists (select from analytics.follow_up f where f.tenant_id = p_tenant_id) then
        return;
    end if;
    insert into pg_temp.changed_follower select distinct c.u from pg_temp.changed_buyer c;
    perform analytics.analyze_working_table('changed_sale');
    insert into pg_temp.changed_follower
    select distinct b.u
    from pg_temp.changed_sale c
    inner join analytics.buy b on b.tenant_id = p_tenant_id and b.transaction_id = c.transaction_id
    where b.u is not null;
    with once as (
        delete from pg_temp.changed_follower returning u
    )
    insert into pg_temp.changed_follower select distinct o.u from once o;
    perform analytics.analyze_working_table('changed_follower');

    with mine as materialized (
        select f.is_compared, f.task_key, f.kind, f.at, f.last_activity_at, f.u, f.is_recovered, f.revenue, f.unconverted
        from pg_temp.changed_follower c
        inner join analytics.follow_up f on f.tenant_id = p_tenant_id and f.u = c.u
    ),
    claimed as (
        select distinct on (f.is_compared, b.event_ts, b.event_id)
            f.is_compared, f.task_key, b.event_ts, b.event_id, b.transaction_id
        from mine f
        inner join analytics.buy b
            on b.tenant_id = p_tenant_id and b.u = f.u and b.event_ts > f.at
            and b.event_ts <= f.at + interval '336 hours'
        order by f.is_compared, b.event_ts, b.event_id, f.at desc, f.last_activity_at desc, f.kind, f.task_key
    ),
    result as (
        select c.is_compared, c.task_key, coalesce(sum(s.value), 0) as revenue,
            jsonb_agg(jsonb_build_object('currency', s.currency, 'amount', s.amount, 'day', s.day)
                order by c.event_ts, c.event_id) filter (where s.value is null and s.amount is not null) as unconverted
        from claimed c
        left join analytics.sale s
            on s.tenant_id = p_tenant_id and s.transaction_id = c.transaction_id and s.event_ts = c.event_ts
            and not exists (
                select from analytics.buy y
                where y.tenant_id = p_tenant_id and y.transaction_id = c.transaction_id
                    and y.event_ts = c.event_ts and y.event_id < c.event_id
            )
        group by 1, 2
    ),
    changed as (
        update analytics.follow_up f
        set is_recovered = r.task_key is not null, revenue = coalesce(r.revenue, 0), unconverted = r.unconverted
        from mine m
        left join result r on r.is_compared = m.is_compared and r.task_key = m.task_key
        where f.tenant_id = p_tenant_id and f.is_compared = m.is_compared and f.task_key = m.task_key
            and (m.is_recovered, m.revenue, m.unconverted)
            is distinct from (r.task_key is not null, coalesce(r.revenue, 0), r.unconverted)
        returning f.day
    )
    insert into pg_temp.follow_up_day select distinct c.day from changed c;
end
$$;
