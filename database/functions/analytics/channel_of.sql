-- The channel of a visit, by the tables channel_rule and channel_source; 'unassigned' if no rule matches. Null and
-- blank are absent. It tries patterns: call it once for each distinct combination, not for each row.
create or replace function analytics.channel_of(p_source text, p_medium text, p_campaign text)
returns text
language plpgsql stable
as $$
declare
    v_source text := nullif(btrim(lower(p_source)), '');
    v_medium text := coalesce(nullif(btrim(lower(p_medium)), ''), '(none)');
    v_campaign text := coalesce(nullif(btrim(lower(p_campaign)), ''), '(not set)');
    v_category text;
begin
    -- A visit without any information came directly; one that names a campaign or a medium did not, whatever its
    -- source.
    v_source := coalesce(v_source, case
        when v_medium in ('(none)', '(not set)') and v_campaign in ('(none)', '(not set)', '(direct)') then '(direct)'
        else '(not set)'
    end);
    select s.category into v_category from analytics.channel_source s where s.source = v_source;
    return coalesce((
        select r.channel from analytics.channel_rule r
        where (r.source_category is null or r.source_category = v_category)
            and (r.source_pattern is null or v_source ~ r.source_pattern)
            and (r.medium_pattern is null or v_medium ~ r.medium_pattern)
            and (r.campaign_pattern is null or v_campaign ~ r.campaign_pattern)
        order by r.position limit 1
    ), 'unassigned');
end
$$;
