-- Search ignores the vowel signs of Hebrew and Arabic and the Arabic tatweel, takes a final sigma for a sigma, and
-- separates words at Hebrew's hyphen and its like.

-- What products, campaigns and branches are found by: analytics.search_text. (PostgreSQL changes the expression of a
-- column in its place from 17 on.)
alter table data.product drop column search_text, add column search_text text not null generated always as (
    ' ' || replace(
        translate(
            lower(
                regexp_replace(
                    regexp_replace(
                        normalize(product_id || ' ' || product_name || ' ' || coalesce(category, ''), nfkd),
                        '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]', '', 'g'
                    ),
                    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00ab\u00b7\u00bb\u00bf\u05be\u05c0\u05c3\u05c6\u060c\u061b\u061f\u2010-\u2027\u2030-\u205e\u3000-\u3003]+',
                    ' ', 'g'
                )
            ),
            'øłđħıς', 'oldhiσ'
        ),
        'ß', 'ss'
    )
) stored;
alter table data.campaign drop column search_text, add column search_text text not null generated always as (
    ' ' || replace(
        translate(
            lower(
                regexp_replace(
                    regexp_replace(
                        normalize(name || ' ' || platform || ' ' || coalesce(external_id, ''), nfkd),
                        '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]', '', 'g'
                    ),
                    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00ab\u00b7\u00bb\u00bf\u05be\u05c0\u05c3\u05c6\u060c\u061b\u061f\u2010-\u2027\u2030-\u205e\u3000-\u3003]+',
                    ' ', 'g'
                )
            ),
            'øłđħıς', 'oldhiσ'
        ),
        'ß', 'ss'
    )
) stored;
alter table data.locations drop column search_text, add column search_text text not null generated always as (
    ' ' || replace(
        translate(
            lower(
                regexp_replace(
                    regexp_replace(
                        normalize(location_id || ' ' || location_name || ' ' || coalesce(city, '') || ' ' || coalesce(state, ''), nfkd),
                        '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]', '', 'g'
                    ),
                    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00ab\u00b7\u00bb\u00bf\u05be\u05c0\u05c3\u05c6\u060c\u061b\u061f\u2010-\u2027\u2030-\u205e\u3000-\u3003]+',
                    ' ', 'g'
                )
            ),
            'øłđħıς', 'oldhiσ'
        ),
        'ß', 'ss'
    )
) stored;

-- Users whose stored words have one of these are told of as if they had just come, and so are indexed anew.
-- (Under FORCE the owner sees no rows.)
alter table analytics.user_search no force row level security;
alter table data.outbox no force row level security;
insert into data.outbox (tenant_id, event_type, payload)
select u.tenant_id, 'data.users.changed.v1', jsonb_build_object('user_ids', jsonb_agg(u.user_id))
from (
    select
        s.tenant_id, s.user_id,
        (row_number() over (partition by s.tenant_id order by s.user_id)) / 2000 as piece
    from analytics.user_search s
    where s.words ~ '[\u0591-\u05c7\u0640\u064b-\u065f\u0670ς]'
) u
group by u.tenant_id, u.piece;
alter table analytics.user_search force row level security;
alter table data.outbox force row level security;
