-- Marks everything as dirty that the days p_from to p_to are made of: leads, ads, every device and user with a row on
-- them, the orders that have, or may have, a place in the ledger there, and the days themselves, so that everything
-- stored for them is checked too (refresh_doubted).
create or replace function analytics.mark_days(p_tenant_id uuid, p_batch_id uuid, p_from date, p_to date)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_time_zone text := (select t.time_zone from auth.tenant t where t.tenant_id = p_tenant_id);
    -- Marketing is summed and checked by whole months.
    v_days date[] := array(
        select d::date from generate_series(
            date_trunc('month', p_from), date_trunc('month', p_to) + interval '1 month' - interval '1 day', interval '1 day'
        ) as d
    );
    v_from timestamptz := auth.day_start(p_from, v_time_zone);
    v_to timestamptz := auth.day_start(p_to + 1, v_time_zone);
begin
    insert into analytics.dirty_key (tenant_id, batch_id, lead_days, ad_days, campaigns, is_rebuild, transaction_ids, event_days)
    values (
        p_tenant_id, p_batch_id, v_days, v_days, true, true,
        array(
            select e.transaction_id from analytics.ledger_entry e
            where e.tenant_id = p_tenant_id and e.day = any(v_days)
            union
            -- A later purchase may be claimed by a click on these days.
            select s.transaction_id from analytics.sale s
            where s.tenant_id = p_tenant_id and s.day between v_days[1] - 1 and v_days[cardinality(v_days)] + 9
        ),
        array(select d::date from generate_series(p_from, p_to, interval '1 day') as d)
    );

    insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, user_id, min_ts, max_ts)
    select p_tenant_id, p_batch_id, e.user_pseudo_id, case when e.user_pseudo_id is null then e.user_id end,
        min(e.event_ts), max(e.event_ts)
    from analytics.event_rows(p_tenant_id, v_from, v_to) e
    group by 3, 4;
end
$$;
