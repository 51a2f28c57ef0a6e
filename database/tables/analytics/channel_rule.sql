-- Which channel a visit came by. The first rule whose matchers all hold decides; a matcher that is null always holds.
-- Patterns are regular expressions over the lower-cased source, medium and campaign. An absent source or medium reads
-- '(not set)' and '(none)'; if nothing at all is known about a visit, its source reads '(direct)'.
create table analytics.channel_rule (
    position integer primary key, -- shipped ones are a hundred apart, so that the operator's own fit between
    channel text not null check (channel ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), -- the slug of GA4's default channel group
    source_category text, -- of channel_source
    source_pattern text,
    medium_pattern text,
    campaign_pattern text,
    is_own boolean not null default true, -- the operator's: no upgrade touches it
    -- An invalid regular expression would stop every refresh; trying each one here reports it at once.
    constraint channel_rule_patterns check (
        coalesce('' ~ source_pattern, true) in (true, false)
        and coalesce('' ~ medium_pattern, true) in (true, false)
        and coalesce('' ~ campaign_pattern, true) in (true, false)
    )
);
