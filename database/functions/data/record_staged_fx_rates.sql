-- Moves the rows that COPY brought into pg_temp.staged_fx_rate (services/data_service/store/events/staging.py) into
-- data.fx_rate: a restated rate wins, an identical one changes nothing. The caller stages a day of a currency once.
--
-- With p_fill_days each of these rates also counts for up to so many days after it that have none of their own. Rates that
-- were filled in earlier continue to follow the rate before them, whichever way that one is restated.
-- filled_rows: days that have a carried rate now and had none. days, currencies: those whose rate has changed.
create or replace function data.record_staged_fx_rates(p_tenant_id uuid, p_fill_days integer default 0)
returns table (new_rows bigint, changed_rows bigint, filled_rows bigint, days date[], currencies text[])
language plpgsql
as $$
#variable_conflict use_column
declare
    v_recorded record;
    v_carried record;
    v_filled record;
begin
    -- xmax is 0 for a row that an upsert inserted; a row that it updated carries its own lock.
    with recorded as (
        insert into data.fx_rate as r (tenant_id, base, currency, day, rate, updated_at)
        select p_tenant_id, s.base, s.currency, s.date, s.rate, now()
        from pg_temp.staged_fx_rate s
        order by s.base, s.currency, s.date
        on conflict (tenant_id, base, currency, day) do update set
            rate = excluded.rate, filled_from = null, updated_at = excluded.updated_at
        where (r.rate, r.filled_from) is distinct from (excluded.rate, null)
        returning r.day, r.currency, xmax = 0 as is_new
    )
    select count(*) filter (where d.is_new) as new, count(*) filter (where not d.is_new) as changed,
        array_agg(d.day) as days, array_agg(d.currency) as currencies
    into v_recorded from recorded d;

    with touched as (
        select s.base, s.currency, min(s.date) as first_day from pg_temp.staged_fx_rate s group by 1, 2
    ),
    carried as (
        update data.fx_rate f
        set rate = o.rate, filled_from = o.day, updated_at = now()
        from touched t
        inner join data.fx_rate x on x.tenant_id = p_tenant_id and x.base = t.base and x.currency = t.currency
            and x.day > t.first_day and x.filled_from is not null
        cross join lateral (
            select e.day, e.rate from data.fx_rate e
            where e.tenant_id = p_tenant_id and e.base = x.base and e.currency = x.currency and e.day < x.day
                and e.filled_from is null
            order by e.day desc limit 1
        ) o
        where f.tenant_id = p_tenant_id and f.base = x.base and f.currency = x.currency and f.day = x.day
            and (f.rate, f.filled_from) is distinct from (o.rate, o.day)
        returning f.day, f.currency
    )
    select array_agg(c.day) as days, array_agg(c.currency) as currencies into v_carried from carried c;

    with filled as (
        insert into data.fx_rate as r (tenant_id, base, currency, day, rate, filled_from, updated_at)
        select p_tenant_id, s.base, s.currency, s.date + g.n, s.rate, s.date, now()
        from pg_temp.staged_fx_rate s
        cross join lateral (
            select min(e.day) as day from data.fx_rate e
            where e.tenant_id = p_tenant_id and e.base = s.base and e.currency = s.currency and e.day > s.date
                and e.filled_from is null
        ) following
        cross join lateral generate_series(1, least(p_fill_days, following.day - s.date - 1)) as g (n)
        order by s.base, s.currency, s.date + g.n
        on conflict (tenant_id, base, currency, day) do nothing
        returning r.day, r.currency
    )
    select count(*) as new, array_agg(d.day) as days, array_agg(d.currency) as currencies into v_filled from filled d;

    return query
    select v_recorded.new, v_recorded.changed, v_filled.new,
        array(select distinct unnest(v_recorded.days || v_carried.days || v_filled.days) as day order by 1),
        array(select distinct unnest(v_recorded.currencies || v_carried.currencies || v_filled.currencies) order by 1);
end
$$;
