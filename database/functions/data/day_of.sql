-- The day of a lead or contract: that of its time in the tenant's zone, or without one what the file says.
create or replace function data.day_of(p_at timestamptz, p_day date, p_time_zone text) returns date
language sql
immutable
as $$
    select case when p_at is null then p_day else (p_at at time zone p_time_zone)::date end
$$;
