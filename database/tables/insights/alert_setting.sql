-- How many alerts a tenant wants, and in which language; without a row the defaults apply.
create table insights.alert_setting (
    tenant_id uuid not null,
    alerts_per_week smallint check (alerts_per_week between 0 and 1000), -- null: nobody chose a number
    least_impact_pct numeric not null check (least_impact_pct between 0 and 100), -- of the total
    updated_by uuid,
    updated_at timestamptz not null default now(),
    language text, -- null: the country's
    since timestamptz, -- so many a week; null: since anything is judged
    primary key (tenant_id)
);

alter table insights.alert_setting enable row level security;
alter table insights.alert_setting force row level security;
create policy tenant on insights.alert_setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
