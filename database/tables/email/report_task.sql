-- What a report told: each task with its values at that time, as the template got it.
create table email.report_task (
    tenant_id uuid not null,
    delivery_id uuid not null,
    task_no int not null, -- from 1, in the report's order
    customer_no int not null, -- the block's number
    kind text not null check (kind in ('purchases', 'cart-abandonment', 'search-analysis', 'repeat-visits')),
    task_key text not null,
    user_key text not null,
    value numeric,
    currency text,
    last_activity_at timestamptz not null,
    task jsonb not null,
    primary key (tenant_id, delivery_id, task_no)
);

create index report_task_key on email.report_task (tenant_id, kind, task_key);

alter table email.report_task enable row level security;
alter table email.report_task force row level security;
create policy tenant on email.report_task
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table email.report_task add foreign key (tenant_id, delivery_id)
    references email.delivery (tenant_id, delivery_id) on delete cascade;
