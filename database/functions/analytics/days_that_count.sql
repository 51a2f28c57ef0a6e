-- The days p_from to p_to without those at their ends that were removed by age, of which only whole months count. One
-- row; if the first day is the one after the last, there are none.
create or replace function analytics.days_that_count(p_tenant_id uuid, p_from date, p_to date)
returns table (first_day date, last_day date)
language sql stable
as $$
select d.first_day, greatest(d.last_day, d.first_day - 1)
from (
    select
        case when p_from < r.days_from then analytics.first_whole_month(p_from) else p_from end as first_day,
        case when p_to < r.days_from then analytics.whole_months_end(p_to) - 1 else p_to end as last_day
    from (select) o
    left join analytics.rollup_state r on r.tenant_id = p_tenant_id
) d
$$;
