-- Whether two telephone numbers, both as data.phone_number gives them, are one: one may be written with its country's code
-- and the other one without. Where nothing says that the longer one begins with such a code, more digits have to be alike.
create or replace function data.is_same_number(p_number text, p_other text)
returns boolean
language sql immutable
as $$
select ltrim(p_number, '+') = ltrim(p_other, '+')
    or n.shorter not like '+%' and ltrim(n.longer, '+') like '%' || n.shorter
    and length(ltrim(n.longer, '+')) - length(n.shorter) between 1 and 3
    and length(n.shorter) > case when n.longer like '+%' then 6 else 8 end
from (
    select
        case when length(ltrim(p_number, '+')) < length(ltrim(p_other, '+')) then p_number else p_other end as shorter,
        case when length(ltrim(p_number, '+')) < length(ltrim(p_other, '+')) then p_other else p_number end as longer
) n
$$;
