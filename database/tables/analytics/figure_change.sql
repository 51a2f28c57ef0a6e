-- Figures of a platform's day that changed after the day was complete (decision 0037).
create table analytics.figure_change (
    tenant_id uuid not null,
    change_id bigint generated always as identity,
    day date not null,
    platform text not null,
    metric text not null, -- a column of analytics.platform_day
    changed_at timestamptz not null default now(),
    was numeric not null, -- this and became as in answers, with two decimals
    became numeric not null,
    reason text not null check (reason in ('restatement', 'late_rows', 'rates', 'rule_change', 'rebuild')),
    primary key (tenant_id, change_id)
);

-- (With the columns they are counted by, so that a long range is counted without its rows.)
create index figure_change_day on analytics.figure_change (tenant_id, day) include (platform);

alter table analytics.figure_change enable row level security;
alter table analytics.figure_change force row level security;
create policy tenant on analytics.figure_change
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
