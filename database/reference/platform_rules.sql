-- Which sources, hosts and media mean which platform, as far as they are generally known.
insert into analytics.platform_source as o (source, platform, is_own)
select
    s.source,
    p.platform,
    false as is_own
from (
    values
    ('google', array[
        'google', 'adwords', 'google_ads', 'google-ads', 'google ads', 'googleads', 'gads', 'gdn', 'dv360', 'doubleclick',
        'youtube', 'youtube_ads', 'yt'
    ]),
    ('meta', array[
        'meta', 'meta_ads', 'meta-ads', 'metaads', 'facebook', 'facebook_ads', 'facebook-ads', 'facebookads', 'fb', 'fb_ads',
        'fb-ads', 'fbads', 'instagram', 'instagram_ads', 'ig', 'messenger', 'msg', 'audience_network'
    ]),
    ('shopee', array['shopee', 'shopee_ads']),
    ('lazada', array['lazada', 'lazada_ads']),
    ('tiktok', array['tiktok', 'tiktok_ads', 'tiktok-ads', 'tiktokads', 'tik_tok', 'tik tok'])
) as p (platform, sources)
cross join lateral unnest(p.sources) as s (source)
on conflict (source) do update set platform = excluded.platform
    where not o.is_own and o.platform is distinct from excluded.platform;

insert into analytics.platform_host as o (name, platform, is_own)
select
    h.name,
    p.platform,
    false as is_own
from (
    values
    ('google', array['google', 'youtube', 'youtu', 'doubleclick', 'googlesyndication']),
    ('meta', array['facebook', 'fb', 'instagram', 'messenger']),
    ('shopee', array['shopee']),
    ('lazada', array['lazada']),
    ('tiktok', array['tiktok'])
) as p (platform, names)
cross join lateral unnest(p.names) as h (name)
on conflict (name) do update set platform = excluded.platform
    where not o.is_own and o.platform is distinct from excluded.platform;

insert into analytics.paid_medium (medium)
select m.medium
from unnest(array[
    'cpc', 'ppc', 'cpm', 'cpv', 'cpa', 'cpp', 'cpl', 'paid', 'paid_social', 'paid-social', 'paidsocial', 'paid social',
    'paid_search', 'paid-search', 'paidsearch', 'paid search', 'paid_video', 'paid-video', 'paidvideo', 'display', 'banner',
    'retargeting', 'remarketing', 'ads'
]) as m (medium)
on conflict do nothing;
