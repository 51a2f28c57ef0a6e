-- The platform that a lead came from (dominant_platform, definitions.md): the first of a stored override, a click id,
-- the source, and the host of the referring page. All texts in lower case, '' if absent.
create or replace function analytics.platform_of(
    p_override text, p_has_google_click boolean, p_has_meta_click boolean, p_source text, p_host text
)
returns text
language sql
stable
as $$
    select case
        when p_override <> '' then p_override
        when p_has_google_click then 'google'
        when p_has_meta_click then 'meta'
        when p_source <> '' then coalesce(
            (select s.platform from analytics.platform_source s where s.source = p_source),
            analytics.platform_of_host(p_source), p_source
        )
        else coalesce(analytics.platform_of_host(p_host), 'direct')
    end
$$;
