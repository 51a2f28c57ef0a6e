-- Records which rules there are, whoever changes them and however. Rows that an upgrade inserts once more leave it
-- unchanged.
create or replace function analytics.note_marketing_rules()
returns trigger
language plpgsql
as $$
declare
    v_digest text := (
        select md5(concat_ws(
            E'\x1f',
            (select string_agg(s::text, ',' order by s.source) from analytics.platform_source s),
            (select string_agg(h::text, ',' order by h.name) from analytics.platform_host h),
            (select string_agg(m::text, ',' order by m.medium) from analytics.paid_medium m),
            (select string_agg(c::text, ',' order by c.source) from analytics.channel_source c),
            (select string_agg(r::text, ',' order by r.position) from analytics.channel_rule r)
        ))
    );
begin
    insert into analytics.rule_digest as d (digest) values (v_digest)
    on conflict (is_only) do update set digest = excluded.digest where d.digest <> excluded.digest;
    return null;
end
$$;

-- Triggers on tables of the operator, which have no tenant.
create or replace trigger note_marketing_rules
after insert or update or delete or truncate on analytics.platform_source
for each statement execute function analytics.note_marketing_rules();
create or replace trigger note_marketing_rules
after insert or update or delete or truncate on analytics.platform_host
for each statement execute function analytics.note_marketing_rules();
create or replace trigger note_marketing_rules
after insert or update or delete or truncate on analytics.paid_medium
for each statement execute function analytics.note_marketing_rules();
create or replace trigger note_marketing_rules
after insert or update or delete or truncate on analytics.channel_source
for each statement execute function analytics.note_marketing_rules();
create or replace trigger note_marketing_rules
after insert or update or delete or truncate on analytics.channel_rule
for each statement execute function analytics.note_marketing_rules();
