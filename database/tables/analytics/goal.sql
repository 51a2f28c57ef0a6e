-- A goal of a company for a period: a metric, of one channel or platform or of all, and its target.
create table analytics.goal (
    tenant_id uuid not null,
    goal_id uuid not null default gen_random_uuid(),
    name text not null,
    metric text not null,
    channel text, -- a channel of GA4, else a platform of leads and ads; null: all of them
    target numeric not null check (target > 0),
    period_start date not null,
    period_end date not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, goal_id),
    check (period_start <= period_end)
);

alter table analytics.goal enable row level security;
alter table analytics.goal force row level security;
create policy tenant on analytics.goal
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
