-- A text as search compares it: each of its words after a space, in lower case, without accents, without the vowel
-- signs of Hebrew and Arabic, without characters that only direct, join or stretch letters; a final sigma is a sigma.
-- ASCII signs separate words, so that neither a pattern nor a query language is left in it, and so do those of Hebrew
-- that stand among its vowel signs. (Plain ASCII, which most text is, takes a shorter way to the same result.) The
-- search_text columns of data.product, data.campaign and data.locations are computed in the same way.
create or replace function analytics.search_text(p_text text)
returns text
language sql immutable parallel safe
as $$
    select
        ' ' || case
            when octet_length(p_text) = length(p_text) then regexp_replace(lower(p_text), '[^a-z0-9]+', ' ', 'g')
            else replace(
                translate(
                    lower(
                        regexp_replace(
                            regexp_replace(
                                normalize(p_text, nfkd),
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
        end
$$;
