-- One row a tenant: what its summaries were computed with. The refresher locks this row while it works.
create table analytics.rollup_state (
    tenant_id uuid not null primary key,
    time_zone text, -- null: never built
    currency text,
    last_run_at timestamptz,
    last_run_ms integer not null default 0,
    staged_rows bigint not null default 0, -- events, leads and ads read so far, and at the last ANALYZE
    analyzed_rows bigint not null default 0,
    marketing_rules text, -- the rules behind platforms and channels: analytics.marketing_rules(); null: built before
    check_due_at timestamptz, -- when yesterday is compared with its raw rows; null: never refreshed
    hours_from date, -- the first day whose hours were not removed by age; null: none were
    days_from date, -- likewise for rows of single days: the first of a month
    tops_until date -- months before it are in search_term_month and item_sale_month; null: none are
);

alter table analytics.rollup_state enable row level security;
alter table analytics.rollup_state force row level security;
create policy tenant on analytics.rollup_state
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
