-- A digest of the rules by which leads get their platform: where it is another than the facts were made with, they are made
-- anew.
create or replace function analytics.marketing_rules()
returns text
language sql
stable
as $$
    select md5(concat_ws(
        E'\x1f',
        (select string_agg(s.source || ' ' || s.platform, ',' order by s.source) from analytics.platform_source s),
        (select string_agg(h.name || ' ' || h.platform, ',' order by h.name) from analytics.platform_host h),
        (select string_agg(m.medium, ',' order by m.medium) from analytics.paid_medium m)
    ))
$$;
