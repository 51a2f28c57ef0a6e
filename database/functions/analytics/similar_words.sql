-- Words that a mistyped one may stand for, the most similar first: of the five nearest those that do not begin with
-- p_word or another of them, since search looks for beginnings. None if the database has no pg_trgm.
-- No index serves similarity under row-level security. Of more than 500 users, who have some 4,000 words, only words are
-- compared that one slip leads to, and 300 that begin alike.
create or replace function analytics.similar_words(p_tenant_id uuid, p_word text, p_kinds text[])
returns setof text
language plpgsql stable
as $$
declare
    v_schema text := (
        select n.nspname from pg_extension e inner join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'
    );
    v_words text[] := '{}';
begin
    if v_schema is null then
        return;
    end if;
    if 'users' = any(p_kinds) then
        if exists (select from analytics.user_search u where u.tenant_id = p_tenant_id offset 500) then
            v_words := array(
                select o.word from analytics.words_one_slip_away(p_tenant_id, p_word) as o (word)
                union all
                select b.word from analytics.words_that_begin_alike(p_tenant_id, p_word, 300) as b (word)
            );
        else
            v_words := array(select w.word from analytics.user_search_word w where w.tenant_id = p_tenant_id);
        end if;
    end if;
    if 'products' = any(p_kinds) then
        v_words := v_words || array(
            select t.word
            from data.product p cross join lateral string_to_table(p.search_text, ' ') as t (word)
            where p.tenant_id = p_tenant_id
        );
    end if;
    if 'campaigns' = any(p_kinds) then
        v_words := v_words || array(
            select t.word
            from data.campaign c cross join lateral string_to_table(c.search_text, ' ') as t (word)
            where c.tenant_id = p_tenant_id
        );
    end if;
    if 'locations' = any(p_kinds) then
        v_words := v_words || array(
            select t.word
            from data.locations l cross join lateral string_to_table(l.search_text, ' ') as t (word)
            where l.tenant_id = p_tenant_id
        );
    end if;
    -- (pg_trgm may be in any schema)
    return query execute format(
        $query$
            with nearest as materialized (
                select k.word, k.nearness
                from (
                    select w.word, %I.similarity(w.word, $2) as nearness
                    from (select distinct u.word collate "C" as word from unnest($1) as u (word)) w
                ) k
                where k.nearness >= 0.3
                order by k.nearness desc, k.word
                limit 5
            )
            select n.word
            from nearest n
            where not starts_with(n.word, $2)
                and not exists (select from nearest o where o.word <> n.word and starts_with(n.word, o.word))
            order by n.nearness desc, n.word
        $query$,
        v_schema
    ) using v_words, p_word;
end
$$;
