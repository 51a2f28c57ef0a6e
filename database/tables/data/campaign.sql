-- A campaign: made by hand, or known from a platform or a file (then account_id and external_id name it there).
create table data.campaign (
    tenant_id uuid not null,
    campaign_id uuid not null default gen_random_uuid(),
    name text not null check (btrim(name) <> ''),
    platform text not null,
    status text not null default 'active' check (status in ('active', 'paused', 'completed')),
    budget numeric check (budget >= 0), -- in the tenant's currency, or in platform_settings.currency if that is given
    start_date date,
    end_date date check (end_date >= start_date),
    user_id uuid, -- the member who looks after it
    team_id uuid,
    settings jsonb not null default '{}', -- set by members
    -- what else the platform reports; wins over the members' in answers while a source updates the campaign
    platform_settings jsonb not null default '{}',
    account_id text not null default '', -- '' if a file names none
    external_id text, -- the platform's own id; null: made by hand
    named_on date, -- the newest day for which a file has given it its name
    source_id uuid, -- the source that updates it; null, or a source that was removed: none does
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    -- what it is found by: analytics.search_text
    search_text text not null generated always as (
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
    ) stored,
    primary key (tenant_id, campaign_id),
    unique (tenant_id, platform, account_id, external_id)
);

alter table data.campaign enable row level security;
alter table data.campaign force row level security;
create policy tenant on data.campaign
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
