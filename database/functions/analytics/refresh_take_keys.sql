-- Takes the tenant's dirty keys: spans to dirty_span, users to home_user, days of rates to rate_change, those of a
-- vendor's channels to changed_traffic, those on which nothing is taken to be right to doubted_day, reports and tasks
-- to dirty_delivery and dirty_task, marketing's to lead_day, dirty_lead, ad_day, dirty_campaigns and rebuilt_month, the
-- ledger's to ledger_order and dirty_ledger. Returns the batches they came from.
create or replace function analytics.refresh_take_keys(p_tenant_id uuid)
returns uuid[]
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_batches uuid [];
begin
    with taken as (
        delete from analytics.dirty_key k where k.tenant_id = p_tenant_id
        returning k.batch_id, k.user_pseudo_id, k.user_id, k.min_ts, k.max_ts, k.home_user_id, k.lead_days, k.lead_ids,
            k.ad_days, k.campaigns, k.rate_days, k.rate_currencies, k.channel_days, k.is_rebuild,
            k.transaction_ids, k.is_ledger, k.event_days, k.delivery_ids, k.task_keys
    ),
    spans as (
        insert into pg_temp.dirty_span (device, owner, dirty_lo, dirty_hi)
        select coalesce(t.user_pseudo_id, ''),
            case when t.user_pseudo_id is null then coalesce(t.user_id, '') else '' end, min(t.min_ts), max(t.max_ts)
        from taken t where t.min_ts is not null group by 1, 2
    ),
    homes as (
        insert into pg_temp.home_user
        select distinct t.home_user_id from taken t where t.home_user_id is not null
    ),
    channel_days as (
        insert into pg_temp.changed_traffic
        select distinct x.channel_day from taken t cross join lateral unnest(t.channel_days) as x (channel_day)
    ),
    event_days as (
        insert into pg_temp.doubted_day
        select distinct x.event_day from taken t cross join lateral unnest(t.event_days) as x (event_day)
    ),
    deliveries as (
        insert into pg_temp.dirty_delivery
        select distinct x.delivery_id from taken t cross join lateral unnest(t.delivery_ids) as x (delivery_id)
    ),
    tasks as (
        insert into pg_temp.dirty_task
        select distinct x.task_key from taken t cross join lateral unnest(t.task_keys) as x (task_key)
    ),
    lead_days as (
        insert into pg_temp.lead_day
        select x.lead_day, case when bool_and(t.is_rebuild) then 'rebuild' end
        from taken t cross join lateral unnest(t.lead_days) as x (lead_day) group by x.lead_day
    ),
    leads as (
        insert into pg_temp.dirty_lead
        select distinct x.lead_id from taken t cross join lateral unnest(t.lead_ids) as x (lead_id)
    ),
    ad_days as (
        insert into pg_temp.ad_day
        select x.ad_day, case when bool_and(t.is_rebuild) then 'rebuild' end
        from taken t cross join lateral unnest(t.ad_days) as x (ad_day) group by x.ad_day
    ),
    rebuilt as (
        insert into pg_temp.rebuilt_month
        select distinct date_trunc('month', x.day::timestamp)::date
        from taken t cross join lateral unnest(t.lead_days || t.ad_days) as x (day) where t.is_rebuild
    ),
    campaigns as (
        insert into pg_temp.dirty_campaigns select true from taken t where t.campaigns limit 1
    ),
    orders as (
        insert into pg_temp.ledger_order
        select x.transaction_id from taken t cross join lateral unnest(t.transaction_ids) as x (transaction_id)
    ),
    ledgers as (
        insert into pg_temp.dirty_ledger select true from taken t where t.is_ledger limit 1
    ),
    rates as (
        insert into pg_temp.rate_change
        select r.day, t.rate_currencies from taken t cross join lateral unnest(t.rate_days) as r (day)
    )
    select coalesce(array_agg(distinct t.batch_id), '{}') into v_batches from taken t where t.batch_id is not null;
    return v_batches;
end
$$;
