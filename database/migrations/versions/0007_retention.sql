-- Rules of channels ----------------------------------------------------------------------------------------------------

-- A rule that is no regular expression stops every refresh, so nobody can be using one.
do $$
declare
    v_rule analytics.channel_rule;
begin
    for v_rule in select * from analytics.channel_rule loop
        begin
            perform '' ~ v_rule.source_pattern, '' ~ v_rule.medium_pattern, '' ~ v_rule.campaign_pattern;
        exception when invalid_regular_expression then
            delete from analytics.channel_rule r where r.position = v_rule.position;
        end;
    end loop;
end
$$;
alter table analytics.channel_rule add constraint channel_rule_patterns check (
    coalesce('' ~ source_pattern, true) in (true, false)
    and coalesce('' ~ medium_pattern, true) in (true, false)
    and coalesce('' ~ campaign_pattern, true) in (true, false)
);
