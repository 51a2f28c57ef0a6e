-- ## Budgets of recipients

-- Under FORCE the owner sees no rows, and a foreign key would be judged without them.
alter table insights.alert_setting no force row level security;
alter table insights.judged no force row level security;
alter table insights.insight no force row level security;
alter table auth.membership no force row level security;

-- People of the tenant who want to be told otherwise than the company. What their addresses are the auth service knows:
-- who is no member any more has none here.
create table insights.recipient (
    tenant_id uuid not null,
    account_id uuid not null,
    alerts_per_week smallint not null check (alerts_per_week between 0 and 1000),
    least_impact_pct numeric not null check (least_impact_pct between 0 and 100), -- of the total
    since timestamptz not null default now(), -- so many a week
    updated_by uuid,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, account_id)
);

-- (an address that is nobody's here was told nothing so far, and is told nothing from now on)
insert into insights.recipient (tenant_id, account_id, alerts_per_week, least_impact_pct, updated_by, updated_at)
select s.tenant_id, a.account_id, s.alerts_per_week, s.least_impact_pct, s.updated_by, s.updated_at
from insights.alert_setting s
join auth.account a on a.email = s.recipient
join auth.membership m on m.tenant_id = s.tenant_id and m.account_id = a.account_id
where s.recipient <> '' and m.joined_at is not null and m.role <> 'rep';

-- What recipients with a setting of their own are shown, or were; of all others table insight says it.
create table insights.shown_to (
    tenant_id uuid not null,
    account_id uuid not null,
    insight_id uuid not null,
    is_shown boolean not null,
    told_at timestamptz, -- when an event last named them
    primary key (tenant_id, account_id, insight_id)
);

create index shown_to_insight on insights.shown_to (tenant_id, insight_id);

alter table insights.shown_to add foreign key (tenant_id, account_id)
    references insights.recipient (tenant_id, account_id) on delete cascade;
alter table insights.shown_to add foreign key (tenant_id, insight_id)
    references insights.insight (tenant_id, insight_id) on delete cascade;

-- (until now they were shown what the company is)
insert into insights.shown_to (tenant_id, account_id, insight_id, is_shown, told_at)
select r.tenant_id, r.account_id, i.insight_id, true, i.told_at
from insights.recipient r
join insights.insight i on i.tenant_id = r.tenant_id
where i.is_shown;

alter table insights.recipient enable row level security;
alter table insights.recipient force row level security;
create policy tenant on insights.recipient
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
alter table insights.shown_to enable row level security;
alter table insights.shown_to force row level security;
create policy tenant on insights.shown_to
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The company's own setting is all that is left of the table, which is written anew.
create table insights.company_setting as
select s.tenant_id, s.alerts_per_week, s.least_impact_pct, s.updated_by, s.updated_at
from insights.alert_setting s
where s.recipient = '';
drop table insights.alert_setting;
create table insights.alert_setting (
    tenant_id uuid not null,
    alerts_per_week smallint not null check (alerts_per_week between 0 and 1000),
    least_impact_pct numeric not null check (least_impact_pct between 0 and 100), -- of the total
    updated_by uuid,
    updated_at timestamptz not null default now(),
    language text, -- null: the country's
    since timestamptz, -- so many a week; null: since anything is judged
    primary key (tenant_id)
);
insert into insights.alert_setting (tenant_id, alerts_per_week, least_impact_pct, updated_by, updated_at)
select s.tenant_id, s.alerts_per_week, s.least_impact_pct, s.updated_by, s.updated_at from insights.company_setting s;
drop table insights.company_setting;

alter table insights.alert_setting enable row level security;
alter table insights.alert_setting force row level security;
create policy tenant on insights.alert_setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- ## Finders by themselves

-- How each finder fares at a tenant: since when it has had something to judge (before, nothing could have been shown), and
-- which job had it look last, so that one done again asks it no second time.
create table insights.look (
    tenant_id uuid not null,
    finder text not null,
    since timestamptz,
    job_id uuid,
    primary key (tenant_id, finder)
);

insert into insights.look (tenant_id, finder, since)
select j.tenant_id, 'series', min(j.since)
from insights.judged j
group by j.tenant_id;
drop table insights.judged;

alter table insights.look enable row level security;
alter table insights.look force row level security;
create policy tenant on insights.look
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- ## Rewording

-- What stands in place of title and description; null: they do.
alter table insights.insight add column reworded_title text;
alter table insights.insight add column reworded_description text;
alter table insights.insight add column worded_at timestamptz; -- when other words for these were last judged; null: none were had

alter table insights.insight force row level security;
alter table auth.membership force row level security;
