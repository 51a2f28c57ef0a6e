-- Words that a mistyped one may stand for, the most similar first, five at most; none if the database has no pg_trgm.
-- Of more than 6,000 users, who have some 50,000 words, only words that begin with the same two letters, in either
-- order, are scanned: no index serves similarity under row-level security.
create or replace function analytics.similar_words(p_tenant_id uuid, p_word text, p_kinds text[])
returns setof text
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
    v_schema text := (
        select n.nspname from pg_extension e inner join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'
    );
    v_is_large boolean;
begin
    if v_schema is null then
        return;
    end if;
    v_is_large := 'users' = any(p_kinds) and exists (
        select 1 from analytics.user_search u where u.tenant_id = p_tenant_id offset 6000
    );
    return query execute format(
        $query$
            with recursive beginning as (
                select b.two from (values (left($2, 2)), (reverse(left($2, 2)))) b (two) where $4
            ),
            step as (
                select b.two, (
                    select w.word from analytics.user_search_word w
                    where w.tenant_id = $1 and w.word >= b.two collate "C" and w.word < (b.two || U&'\+10FFFF') collate "C"
                    order by w.word limit 1
                ) as word
                from beginning b
                union all
                select s.two, (
                    select w.word from analytics.user_search_word w
                    where w.tenant_id = $1 and w.word > s.word and w.word < (s.two || U&'\+10FFFF') collate "C"
                    order by w.word limit 1
                )
                from step s
                where s.word is not null
            ),
            known as (
                (select s.word from step s where s.word is not null limit 10000)
                union
                select w.word collate "C" from analytics.user_search_word w
                where w.tenant_id = $1 and 'users' = any($3) and not $4
                union
                select t.word collate "C" from (
                    select search_text from data.product where tenant_id = $1 and 'products' = any($3)
                    union all
                    select search_text from data.campaign where tenant_id = $1 and 'campaigns' = any($3)
                    union all
                    select search_text from data.locations where tenant_id = $1 and 'locations' = any($3)
                ) x
                cross join lateral string_to_table(x.search_text, ' ') as t (word)
            )
            select k.word
            from (select word, %1$I.similarity(word, $2) as nearness from known) k
            where k.nearness >= 0.3
            order by k.nearness desc, k.word
            limit 5
        $query$,
        v_schema
    ) using p_tenant_id, p_word, p_kinds, v_is_large;
end
$$;
