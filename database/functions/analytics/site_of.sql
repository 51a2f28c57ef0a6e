-- The host that a URL names, lower case and without a leading www.; '' if it names none.
create or replace function analytics.site_of(p_url text)
returns text
language sql immutable parallel safe
as $$
    select regexp_replace(
        lower(split_part(split_part(split_part(split_part(p_url, '://', 2), '/', 1), '?', 1), ':', 1)), '^www\.', ''
    )
$$;
