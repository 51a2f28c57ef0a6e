-- Entries of these kinds (users, campaigns, products, locations) that a text means, best first: each of its first ten
-- words begins one of theirs. A telephone number is one word, however it is written. If nothing is found, words that
-- resemble the text's are searched too, for its first three of four letters or more. total is on every row, and counts
-- at most a thousand of each kind.
create or replace function analytics.search(p_tenant_id uuid, p_text text, p_kinds text[], p_limit integer)
returns table (kind text, id text, title text, subtitle text, score numeric, total bigint)
language plpgsql stable
as $$
declare
    v_words text[] := array(
        select left(w.word, 64)
        from string_to_table(analytics.search_text(p_text), ' ') with ordinality as w (word, place)
        where w.word <> ''
        group by 1
        order by min(w.place)
        limit 10
    );
    v_number text := regexp_replace(p_text, '[^0-9]', '', 'g');
begin
    if cardinality(v_words) > 1 and length(v_number) > 4 and p_text ~ '^[-0-9+()/. ]+$' then
        return query select * from analytics.find_entries(p_tenant_id, array[v_number], p_kinds, p_limit);
        if found then
            return;
        end if;
    end if;
    if v_words = '{}' then
        return;
    end if;
    return query select * from analytics.find_entries(p_tenant_id, v_words, p_kinds, p_limit);
    if found then
        return;
    end if;
    v_words := array(
        select concat_ws('|', w.word, (
            select string_agg(s.word, '|') from analytics.similar_words(p_tenant_id, w.word, p_kinds) as s (word)
            where w.is_long and w.long_ones <= 3
        ))
        from (
            select t.word, t.place, length(t.word) > 3 as is_long,
                count(*) filter (where length(t.word) > 3) over (order by t.place) as long_ones
            from unnest(v_words) with ordinality as t (word, place)
        ) w
        order by w.place
    );
    if array_to_string(v_words, '') like '%|%' then
        return query
        select f.kind, f.id, f.title, f.subtitle, round(f.score / 2, 3), f.total
        from analytics.find_entries(p_tenant_id, v_words, p_kinds, p_limit) f
        order by f.score desc, f.kind, f.id;
    end if;
end
$$;
