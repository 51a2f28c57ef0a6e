-- Words of users that begin with p_word once one slip is undone: a wrong letter, a missing one, one too many, or two
-- neighbours exchanged. One word for each way to undo it. Each way is looked up in the index, so it takes as long
-- however many words there are.
create or replace function analytics.words_one_slip_away(p_tenant_id uuid, p_word text)
returns setof text
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
declare
    c_last constant text := U&'\+10FFFF';
begin
    return query
    -- Bounds are computed here, before they are compared: with an operator that is not leakproof, as || is, a comparison
    -- could not use the index under row-level security.
    with recursive place as materialized (
        select g.n as place, left(p_word, g.n) as before, (left(p_word, g.n) || c_last) collate "C" as below
        from generate_series(0, length(p_word)) as g (n)
    ),
    step as (
        select p.place, p.before, p.below, null::text as letter, p.before collate "C" as after
        from place p
        union all
        select s.place, s.before, s.below, x.letter, s.before || x.letter || c_last
        from step s
        cross join lateral (
            select substr(w.word, s.place + 1, 1) collate "default" as letter
            from analytics.user_search_word w
            where w.tenant_id = p_tenant_id and w.word > s.after and w.word < s.below
            order by w.word
            limit 1
        ) x
    ),
    -- Letters that some word has after each beginning; limited because a script may have thousands.
    letters as materialized (
        select s.place, s.before, s.letter from step s where s.letter is not null limit 600
    ),
    undone as materialized (
        select distinct u.word collate "C" as at_least, (u.word || c_last) collate "C" as below
        from (
            select l.before || l.letter || substr(p_word, l.place + 1 + g.n) as word
            from letters l cross join generate_series(0, 1) as g (n)
            union all
            select p.before || substr(p_word, p.place + 2)
            from place p
            union all
            select p.before || substr(p_word, p.place + 2, 1) || substr(p_word, p.place + 1, 1) || substr(p_word, p.place + 3)
            from place p
        ) u
    )
    select distinct f.word collate "default"
    from undone u
    cross join lateral (
        select w.word
        from analytics.user_search_word w
        where w.tenant_id = p_tenant_id and w.word >= u.at_least and w.word < u.below
        order by w.word
        limit 1
    ) f;
end
$$;
