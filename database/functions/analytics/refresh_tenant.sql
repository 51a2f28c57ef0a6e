-- Brings a tenant's summaries and facts up to date with what is marked dirty, or rebuilds them (p_rebuild, a new
-- tenant, a changed time zone or currency). After a change of rules, sessions change their channels and marketing is
-- rebuilt. Once per transaction. One caller at a time: a caller that finds rollup_state locked gets no row.
-- Returns the batches that are now in the answers, the days that changed, the events that were read again, and whether
-- the planner's statistics of their summaries were updated.
create or replace function analytics.refresh_tenant(p_tenant_id uuid, p_rebuild boolean default false)
returns table (batch_ids uuid[], days date[], staged_rows bigint, events_analyzed boolean)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_state analytics.rollup_state;
    v_time_zone text;
    v_currency text;
    v_rules text;
    v_is_anew boolean;
    v_batches uuid [];
    v_days date [];
    v_rows bigint;
    v_is_analyzed boolean;
    v_began timestamptz := clock_timestamp();
begin
    insert into analytics.rollup_state (tenant_id) values (p_tenant_id) on conflict do nothing;
    select * into v_state from analytics.rollup_state r where r.tenant_id = p_tenant_id for update skip locked;
    if not found then
        return;
    end if;
    select t.time_zone, upper(t.currency), analytics.marketing_rules() into strict v_time_zone, v_currency, v_rules
    from auth.tenant t where t.tenant_id = p_tenant_id;
    v_is_anew := p_rebuild or v_state.marketing_rules is null
        or v_state.time_zone is distinct from v_time_zone or v_state.currency is distinct from v_currency;

    perform analytics.refresh_tables();
    v_batches := analytics.refresh_take_keys(p_tenant_id);
    if v_is_anew then
        perform analytics.refresh_forget(p_tenant_id);
        if v_state.currency <> v_currency then
            perform analytics.refresh_former_money(p_tenant_id, v_state.currency);
        end if;
    else
        perform analytics.refresh_doubted(p_tenant_id, v_time_zone);
        perform analytics.refresh_rates(p_tenant_id);
        if v_state.marketing_rules <> v_rules then
            perform analytics.refresh_channels(p_tenant_id);
        end if;
    end if;
    select e.read_rows, e.is_analyzed into v_rows, v_is_analyzed
    from analytics.refresh_events(p_tenant_id, v_time_zone, v_currency) e;
    perform analytics.refresh_traffic(p_tenant_id, v_time_zone);
    perform analytics.refresh_follow_ups(p_tenant_id, v_time_zone, v_is_anew);
    perform analytics.refresh_marketing(
        p_tenant_id, v_time_zone, v_currency, v_is_anew or v_state.marketing_rules is distinct from v_rules
    );
    perform analytics.refresh_ledger(
        p_tenant_id, v_currency, v_is_anew or v_state.marketing_rules is distinct from v_rules
    );
    if v_state.hours_from is not null or v_state.days_from is not null then
        perform analytics.drop_before(p_tenant_id, v_time_zone, v_state.hours_from, v_state.days_from);
    end if;

    update analytics.rollup_state r
    set time_zone = v_time_zone, currency = v_currency, marketing_rules = v_rules, last_run_at = clock_timestamp(),
        check_due_at = coalesce(
            r.check_due_at, auth.day_start((clock_timestamp() at time zone v_time_zone)::date + 1, v_time_zone)
        ),
        last_run_ms = extract(epoch from clock_timestamp() - v_began) * 1000,
        staged_rows = r.staged_rows + v_rows + (select coalesce(sum(l.leads), 0) from pg_temp.channel_lead l)
            + (select count(*) from pg_temp.campaign_ad)
    where r.tenant_id = p_tenant_id;
    v_days := array(
        select t.day from pg_temp.traffic_day t
        union select c.day from pg_temp.changed_traffic c
        union select m.day from pg_temp.marketing_day m
        order by 1
    );
    perform analytics.refresh_empty_tables();
    return query select v_batches, v_days, v_rows, v_is_analyzed;
end
$$;
