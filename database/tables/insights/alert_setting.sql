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
