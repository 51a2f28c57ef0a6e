-- Whether a range is of few days that contain no whole month: it is read day by day (months_begin, months_end).
create or replace function analytics.is_read_by_days(p_from date, p_to date)
returns boolean
language sql immutable
as $$
select p_to - p_from < 31 and analytics.first_whole_month(p_from) >= analytics.whole_months_end(p_to)
$$;
