-- GA4's default channel groups, in the order in which Google tries them. What no rule matches is 'unassigned'.
-- Only 1650 is ours: a referrer is known by its host here, where Google names a search engine.
with shipped (position, channel, source_category, source_pattern, medium_pattern, campaign_pattern) as (
    values
        (100, 'direct', null, '^\(direct\)$', '^\((not set|none)\)$', null),
        (200, 'cross-network', null, null, null, 'cross-network'),
        (300, 'paid-shopping', 'shopping', null, '^(.*cp.*|ppc|retargeting|paid.*)$', null),
        (400, 'paid-shopping', null, null, '^(.*cp.*|ppc|retargeting|paid.*)$', '(^|[^a-df-z])shop|shopping'),
        (500, 'paid-search', 'search', null, '^(.*cp.*|ppc|retargeting|paid.*)$', null),
        (600, 'paid-social', 'social', null, '^(.*cp.*|ppc|retargeting|paid.*)$', null),
        (700, 'paid-video', 'video', null, '^(.*cp.*|ppc|retargeting|paid.*)$', null),
        (800, 'display', null, null, '^(display|banner|expandable|interstitial|cpm)$', null),
        (900, 'paid-other', null, null, '^(.*cp.*|ppc|retargeting|paid.*)$', null),
        (1000, 'organic-shopping', 'shopping', null, null, null),
        (1100, 'organic-shopping', null, null, null, '(^|[^a-df-z])shop|shopping'),
        (1200, 'organic-social', 'social', null, null, null),
        (1300, 'organic-social', null, null, '^(social|social[- ](network|media)|sm)$', null),
        (1400, 'organic-video', 'video', null, null, null),
        (1500, 'organic-video', null, null, 'video', null),
        (1600, 'organic-search', 'search', null, null, null),
        (
            1650, 'organic-search', null,
            '^(([a-z]{1,2}\.)?search\.)?(google|bing|duckduckgo|ecosia|baidu|yahoo|yandex|naver|qwant|startpage)(\.[a-z]{2,3}){1,2}$',
            '^referral$', null
        ),
        (1700, 'organic-search', null, null, '^organic$', null),
        (1800, 'email', null, '^e[-_ ]?mail$', null, null),
        (1900, 'email', null, null, '^e[-_ ]?mail$', null),
        (2000, 'affiliates', null, null, '^affiliates?$', null),
        (2100, 'referral', null, null, '^(referral|app|link)$', null),
        (2200, 'audio', null, null, '^audio$', null),
        (2300, 'sms', null, '^sms$', null, null),
        (2400, 'sms', null, null, '^sms$', null),
        (2500, 'mobile-push-notifications', null, null, 'push$|mobile|notification', null),
        (2600, 'mobile-push-notifications', null, '^firebase$', null, null)
),
gone as (
    delete from analytics.channel_rule r
    where not r.is_own and not exists (select from shipped n where n.position = r.position)
)
insert into analytics.channel_rule as r (
    position, channel, source_category, source_pattern, medium_pattern, campaign_pattern, is_own
)
select
    n.position,
    n.channel,
    n.source_category,
    n.source_pattern,
    n.medium_pattern,
    n.campaign_pattern,
    false as is_own
from shipped n
on conflict (position) do update
    set channel = excluded.channel, source_category = excluded.source_category,
        source_pattern = excluded.source_pattern, medium_pattern = excluded.medium_pattern,
        campaign_pattern = excluded.campaign_pattern
    where not r.is_own
        and (r.channel, r.source_category, r.source_pattern, r.medium_pattern, r.campaign_pattern)
        is distinct from (
            excluded.channel, excluded.source_category, excluded.source_pattern, excluded.medium_pattern,
            excluded.campaign_pattern
        );
