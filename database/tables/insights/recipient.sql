-- People of the tenant who want other alerts than the company. The auth service has their addresses: somebody who is no
-- longer a member has none here.
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

alter table insights.recipient enable row level security;
alter table insights.recipient force row level security;
create policy tenant on insights.recipient
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
