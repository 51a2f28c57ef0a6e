-- Findings of half a year, shown or not: thresholds are set from them.
create table insights.candidate (
    tenant_id uuid not null,
    found_at timestamptz not null,
    cause text not null,
    rule text not null,
    score double precision not null,
    impact_pct numeric not null,
    is_mild boolean not null default false, -- shown if too few others reach the chosen number
    primary key (tenant_id, found_at, cause)
);

alter table insights.candidate enable row level security;
alter table insights.candidate force row level security;
create policy tenant on insights.candidate
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
