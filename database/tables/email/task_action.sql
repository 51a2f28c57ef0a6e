-- What a rep did on a task's page, and the previous values, so that it can be undone. One action may work several tasks
-- of one customer.
create table email.task_action (
    tenant_id uuid not null,
    action_id uuid not null,
    delivery_id uuid not null,
    customer_no int not null,
    kind text not null,
    task_key text not null,
    status text not null check (status in ('open', 'done', 'not_reached', 'snoozed', 'dismissed')),
    note text,
    snooze_until date,
    previous_status text not null,
    previous_note text,
    previous_snooze_until date,
    worked_by text not null,
    worked_at timestamptz not null,
    undone_at timestamptz,
    primary key (tenant_id, action_id, kind, task_key)
);

create index task_action_of_delivery on email.task_action (tenant_id, delivery_id, customer_no, worked_at desc);

alter table email.task_action enable row level security;
alter table email.task_action force row level security;
create policy tenant on email.task_action
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table email.task_action add foreign key (tenant_id, delivery_id)
    references email.delivery (tenant_id, delivery_id) on delete cascade;
