-- Sums searches by term, and sales by item, over whole months. The newest month with any data is left out, and read as
-- it is: it changes with every refresh. One that is over changes seldom, and is summed again as a whole. Called while
-- changed_day still has every day that changed, including those whose events were removed by age: a search that is
-- removed, or erased, is in no sum afterwards.
create or replace function analytics.refresh_top_months(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_was date := (select r.tops_until from analytics.rollup_state r where r.tenant_id = p_tenant_id);
    v_until date;
    v_months date [];
begin
    -- Future days, which wrong clocks report, do not end the present month.
    v_until := greatest(v_was, least(
        (select date_trunc('month', max(c.day)::timestamp)::date from pg_temp.changed_day c),
        date_trunc('month', now() at time zone 'UTC')::date
    ));
    v_months := array(
        select date_trunc('month', c.day::timestamp)::date from pg_temp.changed_day c where c.day < v_until
        union
        -- Months that have ended since the last run.
        select date_trunc('month', s.day::timestamp)::date from analytics.session_search s
        where s.tenant_id = p_tenant_id and s.day >= coalesce(v_was, '-infinity') and s.day < v_until
        union
        select date_trunc('month', s.day::timestamp)::date from analytics.sale s
        where s.tenant_id = p_tenant_id and s.day >= coalesce(v_was, '-infinity') and s.day < v_until
    );
    if v_was is distinct from v_until then
        update analytics.rollup_state r set tops_until = v_until where r.tenant_id = p_tenant_id;
    end if;
    if cardinality(v_months) = 0 then
        return;
    end if;

    delete from analytics.search_term_month t where t.tenant_id = p_tenant_id and t.month = any(v_months);
    insert into analytics.search_term_month (tenant_id, month, term_key, search_term, searches, no_result_searches)
    select p_tenant_id, m.month, md5(s.search_term)::uuid, s.search_term, sum(s.searches), sum(s.no_result_searches)
    from unnest(v_months) as m (month)
    inner join analytics.session_search s
        on s.tenant_id = p_tenant_id and s.day >= m.month and s.day < (m.month + interval '1 month')::date
    group by m.month, s.search_term;

    delete from analytics.item_sale_month t where t.tenant_id = p_tenant_id and t.month = any(v_months);
    insert into analytics.item_sale_month (
        tenant_id, month, item_key, item_id, item_name, quantity, revenue, purchases
    )
    select p_tenant_id, m.month, md5(i.item_id)::uuid, i.item_id, max(i.item_name), sum(i.quantity), sum(i.revenue),
        sum(i.purchases)
    from unnest(v_months) as m (month)
    cross join lateral analytics.items_sold_of(p_tenant_id, m.month, (m.month + interval '1 month')::date - 1, null) i
    group by m.month, i.item_id;
end
$$;
