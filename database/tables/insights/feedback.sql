-- What readers said about insights, once per account; the precision of rules is computed from it.
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
