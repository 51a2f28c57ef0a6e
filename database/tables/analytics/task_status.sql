-- What became of a task; a task without a row is open. snooze_until is the day on which it is due again.
create table analytics.task_status (
    tenant_id uuid not null,
    kind text not null check (kind in ('purchases', 'cart-abandonment', 'search-analysis', 'repeat-visits')),
    task_key text not null,
    status text not null check (status in ('open', 'done', 'not_reached', 'snoozed', 'dismissed')),
    note text,
    snooze_until date,
    worked_by text not null,
    worked_at timestamptz not null,
    primary key (tenant_id, kind, task_key),
    check ((status = 'snoozed') = (snooze_until is not null))
);

alter table analytics.task_status enable row level security;
alter table analytics.task_status force row level security;
create policy tenant on analytics.task_status
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
