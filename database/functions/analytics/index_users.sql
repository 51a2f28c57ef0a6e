-- Corrects the words that these users are found by; if a user's row is gone, nothing stays. A user's row of user_search
-- is inserted or locked before the contact is read again, so of several at once the last reads the newest. New users,
-- as nearly all of an import are, are written once. (A plan for any list looks each up; one for a long list may read
-- the company's users as a whole.)
create or replace function analytics.index_users(p_tenant_id uuid, p_user_ids text[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_others text[];
begin
    with fresh as (
        insert into analytics.user_search (tenant_id, user_id, words)
        select p_tenant_id, i.id, case when h.user_id is null then '' else analytics.user_words(h) end
        from (select distinct u.id from unnest(p_user_ids) as u (id)) i
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = i.id
        where not exists (select from analytics.user_search s where s.tenant_id = p_tenant_id and s.user_id = i.id)
        order by i.id
        on conflict do nothing
        returning user_id, words
    ),
    added as (
        insert into analytics.user_search_word (tenant_id, word, user_id)
        select distinct p_tenant_id, left(w.word, 64) collate "C", f.user_id
        from fresh f cross join lateral string_to_table(f.words, ' ') as w (word)
        where w.word <> ''
        order by 2, 3
    )
    select array_agg(u.id) into v_others
    from unnest(p_user_ids) as u (id)
    where not exists (select from fresh f where f.user_id = u.id and f.words <> '');
    if v_others is null then
        return;
    end if;
    perform 1 from analytics.user_search s
    where s.tenant_id = p_tenant_id and s.user_id = any(v_others)
    order by s.user_id
    for update;
    with entry as materialized (
        select s.user_id, h.user_id is null as is_gone, s.words as old_words,
            case when h.user_id is null then '' else analytics.user_words(h) end as new_words
        from analytics.user_search s
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = s.user_id
        where s.tenant_id = p_tenant_id and s.user_id = any(v_others)
    ),
    changed as materialized (
        select * from entry e where e.is_gone or e.old_words <> e.new_words
    ),
    old_word as (
        select c.user_id, left(w.word, 64) as word
        from changed c cross join lateral string_to_table(c.old_words, ' ') as w (word)
        where w.word <> ''
    ),
    new_word as (
        select c.user_id, left(w.word, 64) as word
        from changed c cross join lateral string_to_table(c.new_words, ' ') as w (word)
        where w.word <> ''
    ),
    removed as (
        delete from analytics.user_search_word x
        using (select * from old_word except select * from new_word) o
        where x.tenant_id = p_tenant_id and x.word = o.word collate "C" and x.user_id = o.user_id
    ),
    added as (
        insert into analytics.user_search_word (tenant_id, word, user_id)
        select p_tenant_id, n.word, n.user_id
        from (select * from new_word except select * from old_word) n
        order by n.word collate "C", n.user_id
    ),
    kept as (
        update analytics.user_search s set words = c.new_words
        from changed c
        where s.tenant_id = p_tenant_id and s.user_id = c.user_id and not c.is_gone
    )
    delete from analytics.user_search s
    using changed c
    where s.tenant_id = p_tenant_id and s.user_id = c.user_id and c.is_gone;
end
$$;
