-- A JSON value as the text of an id: whole numbers without a decimal point.
create or replace function data.text_of(p_value jsonb) returns text
language sql
immutable
as $$
    select case jsonb_typeof(p_value)
        when 'number' then regexp_replace(p_value #>> '{}', '\.0+$', '')
        else p_value #>> '{}'
    end
$$;
