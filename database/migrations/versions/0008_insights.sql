-- What stands out in a tenant's figures, and what to do about it. One row per cause: what is found again updates it.
create table insights.insight (
    tenant_id uuid not null,
    insight_id uuid not null default gen_random_uuid(),
    insight_type text not null check (insight_type in ('anomaly', 'recommendation', 'trend')),
    rule text not null, -- what found it
    cause text not null, -- the rule and what it is about, the same each time that is found
    severity text not null check (severity in ('low', 'medium', 'high')),
    status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
    status_by uuid, -- the account that set it; null: nobody, it opened or ended by itself
    status_note text not null default '',
    status_at timestamptz not null default now(),
    metric text not null,
    channel text, -- of GA4, or a platform of leads and ads; null: all
    location_id text, -- null: the company
    title text not null,
    description text not null,
    language text not null default 'en',
    evidence jsonb not null, -- the numbers that it rests on, and what is to be drawn
    impact numeric, -- a week, in the tenant's currency or in units of the metric
    impact_pct numeric, -- of the total
    score double precision not null, -- how sure, by the rule's own measure
    starts_at timestamptz not null,
    ends_at timestamptz,
    is_shown boolean not null, -- what is not is kept for its evidence
    is_standing boolean not null default true, -- the last look found it
    told_at timestamptz, -- when an event last told of it
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, insight_id),
    unique (tenant_id, cause)
);

alter table insights.insight enable row level security;
alter table insights.insight force row level security;
create policy tenant on insights.insight
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What readers said of insights, each account once; it goes into the precision of rules.
create table insights.feedback (
    tenant_id uuid not null,
    insight_id uuid not null,
    account_id uuid not null,
    useful boolean not null,
    note text not null default '',
    rule text not null, -- of the insight
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, insight_id, account_id)
);

alter table insights.feedback add foreign key (tenant_id, insight_id)
    references insights.insight (tenant_id, insight_id) on delete cascade;

alter table insights.feedback enable row level security;
alter table insights.feedback force row level security;
create policy tenant on insights.feedback
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- How much a tenant wants to be told, and single recipients otherwise; without a row the defaults hold.
create table insights.alert_setting (
    tenant_id uuid not null,
    recipient text not null, -- an address in lower case; '': the company
    alerts_per_week smallint not null check (alerts_per_week between 0 and 1000),
    least_impact_pct numeric not null check (least_impact_pct between 0 and 100), -- of the total
    updated_by uuid,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, recipient)
);

alter table insights.alert_setting enable row level security;
alter table insights.alert_setting force row level security;
create policy tenant on insights.alert_setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What was found in half a year, shown or not: what thresholds set themselves by.
create table insights.candidate (
    tenant_id uuid not null,
    found_at timestamptz not null,
    cause text not null,
    rule text not null,
    score double precision not null,
    impact_pct numeric not null,
    primary key (tenant_id, found_at, cause)
);

alter table insights.candidate enable row level security;
alter table insights.candidate force row level security;
create policy tenant on insights.candidate
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What a company says of its days beforehand or afterwards, so that nobody is surprised at what follows from it.
create table insights.declared_event (
    tenant_id uuid not null,
    event_id uuid not null default gen_random_uuid(),
    name text not null,
    kind text not null check (kind in ('sale', 'outage', 'other')),
    first_day date not null,
    last_day date not null,
    channel text, -- null: all
    location_id text, -- null: the company
    created_by uuid,
    created_at timestamptz not null default now(),
    primary key (tenant_id, event_id),
    check (first_day <= last_day)
);

alter table insights.declared_event enable row level security;
alter table insights.declared_event force row level security;
create policy tenant on insights.declared_event
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Up to where a tenant's series were judged last, and since when they are: before, nothing could have been shown.
create table insights.judged (
    tenant_id uuid not null,
    grain text not null check (grain in ('hour', 'day')),
    judged_until timestamptz not null,
    since timestamptz not null default now(), -- of the first look
    primary key (tenant_id, grain)
);

alter table insights.judged enable row level security;
alter table insights.judged force row level security;
create policy tenant on insights.judged
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Tenants that have figures, and when their insights are due next. Locked by who writes what was found.
create table insights.generation (
    tenant_id uuid not null primary key,
    due_at timestamptz not null default now()
);

alter table insights.generation enable row level security;
alter table insights.generation force row level security;
create policy tenant on insights.generation
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Tenants whose figures stand already get their first insights after the upgrade.
alter table analytics.rollup_state no force row level security;
alter table insights.generation no force row level security;
insert into insights.generation (tenant_id) select r.tenant_id from analytics.rollup_state r;
alter table analytics.rollup_state force row level security;
alter table insights.generation force row level security;
