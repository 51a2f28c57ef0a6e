-- Where the calendar months end that a range is best read by (months_begin): the first day after them, which may lie after
-- p_to.
create or replace function analytics.months_end(p_from date, p_to date)
returns date
language sql immutable
as $$
select case
    when analytics.is_read_by_days(p_from, p_to) then p_to + 1
    else date_trunc('month', (p_to + 16)::timestamp)::date
end
$$;
