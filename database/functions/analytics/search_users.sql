-- Users who have a word for each place ('anna|hanna': one that begins with one of these), a thousand of them at most:
-- first those who have the rarest place's exact words. The others are checked for 20,000 who have these. In steps that
-- can be planned in one way only: what is known about a tenant's words before the next analyze would make joins read
-- all of them.
create or replace function analytics.search_users(p_tenant_id uuid, p_places text[])
returns table (user_id text, words text)
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    c_last constant text := U&'\+10FFFF';
    v_place text;
    v_word text;
    v_uses bigint;
    v_least bigint;
    v_rarest text;
    v_patterns text[];
    v_from_word text;
    v_from_id text;
    v_ids text[];
    v_words text[];
    v_batch integer;
    v_size bigint;
    v_looked_at bigint := 0;
    v_found text[] := '{}';
begin
    foreach v_place in array p_places loop
        v_uses := 0;
        foreach v_word in array string_to_array(v_place, '|') loop
            select v_uses + count(*) into v_uses
            from (
                select 1 from analytics.user_search_word w
                where w.tenant_id = p_tenant_id and w.word >= v_word collate "C" and w.word < (v_word || c_last) collate "C"
                limit 5000
            ) u;
        end loop;
        if v_least is null or v_uses < v_least or (v_uses = v_least and length(v_place) > length(v_rarest)) then
            v_least := v_uses;
            v_rarest := v_place;
        end if;
    end loop;
    v_patterns := array(select ' (' || p.place || ')' from unnest(p_places) as p (place) where p.place <> v_rarest);
    foreach v_word in array string_to_array(v_rarest, '|') loop
        v_from_word := v_word;
        v_from_id := '';
        loop
            -- With a single place nearly every user that is looked up is a match, so no more are read than are needed.
            v_batch := case when v_patterns = '{}' then greatest(1000 - cardinality(v_found), 100) else 2000 end;
            select array_agg(s.user_id), count(*), (array_agg(s.word))[count(*)], (array_agg(s.user_id))[count(*)]
            into v_ids, v_size, v_from_word, v_from_id
            from (
                select w.word, w.user_id
                from analytics.user_search_word w
                where w.tenant_id = p_tenant_id
                    and (w.word, w.user_id) > (v_from_word collate "C", v_from_id) and w.word < (v_word || c_last) collate "C"
                order by w.word, w.user_id
                limit v_batch
            ) s;
            -- Whoever has two of the words is found once. (To compare each id with a thousand would take longer.)
            if v_found <> '{}' then
                v_ids := array(select unnest(v_ids) except select unnest(v_found));
            end if;
            select array_agg(f.user_id), array_agg(f.words) into v_ids, v_words
            from (
                select u.user_id, u.words
                from analytics.user_search u
                where u.tenant_id = p_tenant_id and u.user_id = any(v_ids) and ' ' || u.words ~ all(v_patterns)
                order by strpos(' ' || u.words || ' ', ' ' || v_word || ' ') = 0, u.user_id
                limit 1000 - cardinality(v_found)
            ) f;
            return query select * from unnest(v_ids, v_words);
            v_found := v_found || v_ids;
            v_looked_at := v_looked_at + v_size;
            exit when v_size < v_batch or cardinality(v_found) >= 1000 or v_looked_at >= 20000;
        end loop;
        exit when cardinality(v_found) >= 1000 or v_looked_at >= 20000;
    end loop;
end
$$;
