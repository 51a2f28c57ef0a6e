-- A source, medium or campaign as it was reported; null if what was reported is that there is none. plpgsql, because an
-- SQL function that uses its argument twice is not inlined.
create or replace function analytics.told_name(p_told text)
returns text
language plpgsql immutable strict parallel safe
as $$
declare
    v_told text := btrim(p_told);
begin
    if lower(v_told) in ('', '(not set)', '(none)', '(direct)', 'null') then
        return null;
    end if;
    return left(v_told, 300);
end
$$;
