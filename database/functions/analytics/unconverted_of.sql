-- The money of contracts and ads of the days p_from to p_to, of all platforms or of some, that no sum includes because
-- it has no rate: {currency: amount}, of how many rows, and of which days the rates are missing. One row. In SQL, so
-- that the planner can inline it.
create or replace function analytics.unconverted_of(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    unconverted_rows bigint, unconverted jsonb, unconverted_days date[]
)
language sql stable
as $$
with left_out as (
    select u.currency, sum(u.rows) as rows, round(sum(u.amount), 2) as amount, array_agg(u.rate_day) as days
    from analytics.unconverted_day u
    where u.tenant_id = p_tenant_id and u.day between p_from and p_to
        and (p_platforms is null or u.platform = any(p_platforms))
    group by u.currency
)
select
    (select coalesce(sum(l.rows), 0)::bigint from left_out l),
    (select coalesce(jsonb_object_agg(l.currency, l.amount), '{}') from left_out l),
    array(select distinct x.day from left_out l cross join unnest(l.days) as x (day) order by x.day)
$$;
