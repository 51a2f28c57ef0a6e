-- Which sources, hosts and media mean which platform, as far as everybody knows them. Rows that somebody added or changed
-- here by hand stay.
insert into analytics.platform_source (source, platform)
select s.source, p.platform
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
on conflict do nothing;

insert into analytics.platform_host (name, platform)
values
('google', 'google'),
('youtube', 'google'),
('youtu', 'google'),
('doubleclick', 'google'),
('googlesyndication', 'google'),
('facebook', 'meta'),
('fb', 'meta'),
('instagram', 'meta'),
('messenger', 'meta'),
('shopee', 'shopee'),
('lazada', 'lazada'),
('tiktok', 'tiktok')
on conflict do nothing;

insert into analytics.paid_medium (medium)
select m.medium
from unnest(array[
    'cpc', 'ppc', 'cpm', 'cpv', 'cpa', 'cpp', 'cpl', 'paid', 'paid_social', 'paid-social', 'paidsocial', 'paid social',
    'paid_search', 'paid-search', 'paidsearch', 'paid search', 'paid_video', 'paid-video', 'paidvideo', 'display', 'banner',
    'retargeting', 'remarketing', 'ads'
]) as m (medium)
on conflict do nothing;
