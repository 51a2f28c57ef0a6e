-- A digest of the rules by which leads get their platform and channel, and sessions their channel: where it is another
-- than they were made with, they are made anew.
create or replace function analytics.marketing_rules()
returns text
language sql
stable
as $$
    select md5(concat_ws(
        E'\x1f',
        (select string_agg(s::text, ',' order by s.source) from analytics.platform_source s),
        (select string_agg(h::text, ',' order by h.name) from analytics.platform_host h),
        (select string_agg(m::text, ',' order by m.medium) from analytics.paid_medium m),
        (select string_agg(c::text, ',' order by c.source) from analytics.channel_source c),
        (select string_agg(r::text, ',' order by r.position) from analytics.channel_rule r)
    ))
$$;
