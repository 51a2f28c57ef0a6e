-- Puts what these users are found by right: of those whose row has gone, nothing stays.
-- A user's row of user_search is locked before the contact is read, so of several at once the last reads the newest.
create or replace function analytics.index_users(p_tenant_id uuid, p_user_ids text[])
returns void
language plpgsql
as $$
begin
    insert into analytics.user_search (tenant_id, user_id, words)
    select distinct p_tenant_id, u.id, '' from unnest(p_user_ids) as u (id)
    order by 2
    on conflict do nothing;
    perform 1 from analytics.user_search s
    where s.tenant_id = p_tenant_id and s.user_id = any(p_user_ids)
    order by s.user_id
    for update;
    with entry as materialized (
        select s.user_id, h.user_id is null as is_gone, s.words as old_words,
            case when h.user_id is null then '' else analytics.user_words(h) end as new_words
        from analytics.user_search s
        left join data.users h on h.tenant_id = p_tenant_id and h.user_id = s.user_id
        where s.tenant_id = p_tenant_id and s.user_id = any(p_user_ids)
    ),
    changed as materialized (
        select * from entry e where e.is_gone or e.old_words <> e.new_words
    ),
    old_word as (
        select c.user_id, w.word from changed c cross join lateral string_to_table(c.old_words, ' ') as w (word)
        where c.old_words <> ''
    ),
    new_word as (
        select c.user_id, w.word from changed c cross join lateral string_to_table(c.new_words, ' ') as w (word)
        where c.new_words <> ''
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
