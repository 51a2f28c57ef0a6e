-- Words of users that begin with the same letters as p_word, p_most of them: with the same four, three and two, and
-- with the first two exchanged, as many of each as there are if it is not too many.
create or replace function analytics.words_that_begin_alike(p_tenant_id uuid, p_word text, p_most integer)
returns setof text
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
begin
    return query
    -- Bounds are computed here, before they are compared: with an operator that is not leakproof, as || is, a comparison
    -- could not use the index under row-level security.
    with recursive beginning as materialized (
        select b.letters collate "C" as at_least, (b.letters || U&'\+10FFFF') collate "C" as below
        from (
            select left(p_word, g.n) from generate_series(2, 4) as g (n)
            union
            select reverse(left(p_word, 2))
        ) b (letters)
    ),
    -- From word to word, since some have thousands of users. All beginnings advance together, so each has its share.
    step as (
        select b.below, (
            select w.word from analytics.user_search_word w
            where w.tenant_id = p_tenant_id and w.word >= b.at_least and w.word < b.below
            order by w.word limit 1
        ) as word
        from beginning b
        union all
        select s.below, (
            select w.word from analytics.user_search_word w
            where w.tenant_id = p_tenant_id and w.word > s.word and w.word < s.below
            order by w.word limit 1
        )
        from step s
        where s.word is not null
    )
    select s.word collate "default" from step s where s.word is not null limit p_most;
end
$$;
