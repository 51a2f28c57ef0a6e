-- The status of a task; a task without a row is open. snooze_until is the day on which it is due again.
create table analytics.task_status (
    tenant_id uuid not null,
    kind text not null check (kind in ('purchases', 'cart-abandonment', 'search-analysis', 'repeat-visits')),
    task_key text not null,
    status text not null check (status in ('open', 'done', 'not_reached', 'snoozed', 'dismissed')),
    note text,
    snooze_until date,
    worked_by text not null,
    worked_at timestamptz not null,
    -- The first time that it was more than open, kept whatever comes later: when, by whom, and what the task was then (a
    -- cart that is bought is no longer a task): its branch, device and user according to its events, its last activity.
    first_worked_at timestamptz,
    first_worked_by text,
    location_id text,
    user_pseudo_id text,
    user_id text,
    last_activity_at timestamptz,
    primary key (tenant_id, kind, task_key),
    check ((status = 'snoozed') = (snooze_until is not null))
);

create index task_status_first_worked on analytics.task_status (tenant_id, first_worked_at)
    include (kind, task_key, location_id, first_worked_by, user_id, user_pseudo_id, last_activity_at)
    where kind <> 'purchases';

alter table analytics.task_status enable row level security;
alter table analytics.task_status force row level security;
create policy tenant on analytics.task_status
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
