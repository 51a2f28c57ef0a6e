-- The company's branches.
create table data.locations (
    tenant_id uuid not null,
    location_id text not null,
    location_name text not null,
    city text,
    state text,
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    -- what it is found by: analytics.search_text
    search_text text not null generated always as (
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
    ) stored,
    primary key (tenant_id, location_id)
);

alter table data.locations enable row level security;
alter table data.locations force row level security;
create policy tenant on data.locations
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
