-- A value from a URL's query, as text; unchanged if its bytes are not text.
create or replace function analytics.url_decoded(p_value text)
returns text
language plpgsql immutable parallel safe
as $$
declare
    v_value text := replace(p_value, '+', ' ');
begin
    if v_value is null or strpos(v_value, '%') = 0 then
        return v_value;
    end if;
    begin
        return (
            select convert_from(string_agg(
                case when p.part[1] ~ '^%[0-9A-Fa-f]{2}$' then decode(substr(p.part[1], 2), 'hex')
                    else convert_to(p.part[1], 'UTF8') end, ''::bytea order by p.place
            ), 'UTF8')
            from regexp_matches(v_value, '%[0-9A-Fa-f]{2}|[^%]+|%', 'g') with ordinality as p (part, place)
        );
    exception when character_not_in_repertoire or untranslatable_character then
        return v_value;
    end;
end
$$;
