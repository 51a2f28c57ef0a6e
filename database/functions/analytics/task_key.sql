-- The stable, URL-safe name of a task, from the parts that identify it: 32 hex digits. Stable, as array_to_string is:
-- an immutable one would be called row by row instead of being inlined.
create or replace function analytics.task_key(p_parts text[])
returns text
language sql stable parallel safe
as $$
    select left(encode(sha256(convert_to(array_to_string(p_parts, U&'\001F'), 'UTF8')), 'hex'), 32)
$$;
