-- A telephone number in the form in which numbers are compared (data.is_same_number): its digits without the 0 that is
-- dialled only within a country, after a plus if it begins with its country's code (+ or 00).
create or replace function data.phone_number(p_phone text)
returns text
language sql immutable
as $$
select case when p_phone ~ '^[^0-9]*(\+|00)' then '+' else '' end
    || ltrim(regexp_replace(p_phone, '\(0\)|[^0-9]', '', 'g'), '0')
$$;
