-- The words that a user is found by, each once, a space between them: of the company, the address and the id, and each
-- number's digits in one. Bounded in length and number, as what an index holds must be.
create or replace function analytics.user_words(p_user data.users)
returns text
language sql stable parallel safe
as $$
    select coalesce(string_agg(distinct w.word, ' '), '')
    from (
        select left(t.word, 64) as word
        from string_to_table(
            analytics.search_text(
                concat_ws(
                    ' ', p_user.user_id, p_user.buying_company_name, p_user.email,
                    regexp_replace(p_user.cell_phone, '[^0-9]', '', 'g'),
                    regexp_replace(p_user.office_phone, '[^0-9]', '', 'g')
                )
            ),
            ' '
        ) as t (word)
        where t.word <> ''
        limit 50
    ) w
$$;
