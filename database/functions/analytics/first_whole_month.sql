-- The first day of the first calendar month that lies completely in a range that begins on p_from.
create or replace function analytics.first_whole_month(p_from date)
returns date
language sql immutable
as $$
select (date_trunc('month', (p_from - 1)::timestamp) + interval '1 month')::date
$$;
