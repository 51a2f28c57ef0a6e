-- All days of the calendar month of a day.
create or replace function analytics.days_of_month(p_day date)
returns setof date
language sql immutable
as $$
select date_trunc('month', p_day::timestamp)::date + n
from generate_series(
    0, (date_trunc('month', p_day::timestamp) + interval '1 month')::date - date_trunc('month', p_day::timestamp)::date - 1
) as n
$$;
