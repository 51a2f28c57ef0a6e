-- The instant at which a day begins in a time zone: the one way to turn a day into an instant. If clocks go back to or
-- at midnight and a day has two, it is the first; if they skip midnight, it is the end of the gap. So a day lasts 23 to
-- 25 hours, whole days follow each other without a gap, and for a row between both days' beginnings (event_ts at time
-- zone …)::date is the day. A local time that occurs twice is read as the second, hence the look from just before
-- midnight; one that is skipped is read by the clocks of before the gap, hence the earlier of both. A single
-- expression, which the planner inlines.
create or replace function auth.day_start(p_day date, p_time_zone text)
returns timestamptz
language sql stable parallel safe
as $$
    select least(
        p_day::timestamp at time zone p_time_zone,
        ((p_day::timestamp - interval '1 microsecond') at time zone p_time_zone) + interval '1 microsecond'
    )
$$;
