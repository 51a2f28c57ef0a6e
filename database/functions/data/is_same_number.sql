-- Whether two telephone numbers, both as data.phone_number gives them, are the same: one may be written with its
-- country's code and the other one without. (Their ends are compared first, which tells most apart: an erasure checks
-- every lead.)
create or replace function data.is_same_number(p_number text, p_other text)
returns boolean
language sql immutable
as $$
select right(ltrim(p_number, '+'), 7) = right(ltrim(p_other, '+'), 7)
    and (
        ltrim(p_number, '+') = ltrim(p_other, '+')
        or data.is_with_country(p_number, p_other) or data.is_with_country(p_other, p_number)
    )
$$;
