-- The platform that a host belongs to by its name (platform_host): the name, under a top-level domain, is a part of it.
-- A name is plain text, not a pattern, whatever the operator put into it. Null: none.
create or replace function analytics.platform_of_host(p_host text)
returns text
language sql
stable
as $$
    select h.platform
    from analytics.platform_host h
    where p_host ~ (
        '(^|\.)' || regexp_replace(h.name, '([^[:alnum:]])', '\\\1', 'g') || '\.[a-z]{2,3}(\.[a-z]{2})?$'
    )
    order by h.name
    limit 1
$$;
