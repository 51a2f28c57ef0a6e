-- Whether p_longer is the number p_shorter with a country's code before it, both as data.phone_number gives them. The
-- codes are those of ITU-T E.164, none of which begins another: what is before a number may be an area's code instead,
-- and then it is somebody else's. (Italy's 0 stays after the code.) If no plus says that there is a code, more digits
-- have to match.
create or replace function data.is_with_country(p_longer text, p_shorter text)
returns boolean
language sql immutable
as $$
select p_shorter not like '+%' and p_longer like '%' || p_shorter
    and left(p_longer, -length(p_shorter)) ~ (
        '^\+?(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]'
        || '|(2[1-689]|3[578]|42|5[09]|6[7-9]|8[0578]|9[679])[0-9])0?$'
    )
    and length(p_shorter) > case when p_longer like '+%' then 6 else 8 end
$$;
