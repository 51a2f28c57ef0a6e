-- What recipients with a setting of their own are or were shown; for all others table insight says it.
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

alter table insights.shown_to enable row level security;
alter table insights.shown_to force row level security;
create policy tenant on insights.shown_to
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
