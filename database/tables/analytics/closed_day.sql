-- Days whose marketing figures are complete: they had some, and a midnight of the tenant has passed since. Later
-- changes of their figures are recorded in analytics.figure_change.
create table analytics.closed_day (
    tenant_id uuid not null,
    day date not null,
    closed_at timestamptz not null default now(),
    primary key (tenant_id, day)
);

alter table analytics.closed_day enable row level security;
alter table analytics.closed_day force row level security;
create policy tenant on analytics.closed_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
