-- The day after the last calendar month that lies completely in a range that ends on p_to.
create or replace function analytics.whole_months_end(p_to date)
returns date
language sql immutable
as $$
select date_trunc('month', (p_to + 1)::timestamp)::date
$$;
