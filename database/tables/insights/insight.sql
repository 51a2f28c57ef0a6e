-- What stands out in a tenant's figures, and what to do about it. One row per cause: a repeated finding updates it.
create table insights.insight (
    tenant_id uuid not null,
    insight_id uuid not null default gen_random_uuid(),
    insight_type text not null check (insight_type in ('anomaly', 'recommendation', 'trend')),
    rule text not null, -- what found it
    cause text not null, -- the rule and its subject, the same each time it is found
    severity text not null check (severity in ('low', 'medium', 'high')),
    status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
    status_by uuid, -- the account that set it; null: nobody: it opened or ended automatically
    status_note text not null default '',
    status_at timestamptz not null default now(),
    metric text not null,
    channel text, -- of GA4, or a platform of leads and ads; null: all
    location_id text, -- null: the company
    title text not null,
    description text not null,
    language text not null default 'en',
    evidence jsonb not null, -- the numbers that it rests on, and the series to draw
    impact numeric, -- a week, in the tenant's currency or in units of the metric
    impact_pct numeric, -- of the total
    score double precision not null, -- how certain, by the rule's own measure
    starts_at timestamptz not null,
    ends_at timestamptz,
    is_shown boolean not null, -- others are kept for their evidence
    is_standing boolean not null default true, -- the last look found it
    told_at timestamptz, -- when an event last announced it
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    -- What is shown in place of title and description; null: they are.
    reworded_title text,
    reworded_description text,
    worded_at timestamptz, -- when a rewording of these was last checked; null: never
    primary key (tenant_id, insight_id),
    unique (tenant_id, cause)
);

alter table insights.insight enable row level security;
alter table insights.insight force row level security;
create policy tenant on insights.insight
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
