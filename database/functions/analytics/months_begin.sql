-- Where the calendar months begin that a range is best read by: on the first of a month, the one nearest to p_from,
-- which may lie before it. What is read then is the months from here to months_end, and the days that they have too few
-- or too many. For a range that is read by days, no months: both are the day after it.
create or replace function analytics.months_begin(p_from date, p_to date)
returns date
language sql immutable
as $$
select case
    when analytics.is_read_by_days(p_from, p_to) then p_to + 1
    else date_trunc('month', (p_from + 15)::timestamp)::date
end
$$;
