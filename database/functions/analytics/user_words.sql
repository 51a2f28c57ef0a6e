-- The words that a user is found by, a space before each: from the id, the company and the address, and each number's
-- digits as one. Bounded, as entries of an index must be.
create or replace function analytics.user_words(p_user data.users)
returns text
language sql stable parallel safe
as $$
    select left(
        analytics.search_text(
            concat_ws(
                ' ', p_user.user_id, p_user.buying_company_name, p_user.email,
                regexp_replace(p_user.cell_phone, '[^0-9]', '', 'g'),
                regexp_replace(p_user.office_phone, '[^0-9]', '', 'g')
            )
        ),
        1000
    )
$$;
