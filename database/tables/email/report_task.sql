-- What a report contained: each task with its values at that time, as the template got it. If customers are held out,
-- also what it left out: their tasks, and those of others that had been settled before.
create table email.report_task (
    tenant_id uuid not null,
    delivery_id uuid not null,
    task_no int not null, -- from 1, in the report's order
    customer_no int not null, -- the block's number; 0: left out, in no block
    kind text not null check (kind in ('purchases', 'cart-abandonment', 'search-analysis', 'repeat-visits')),
    task_key text not null,
    user_key text not null,
    value numeric,
    currency text,
    last_activity_at timestamptz not null,
    task jsonb not null,
    user_pseudo_id text, -- with user_id: whose task it is, according to its events, so that late sign-ins find it again
    user_id text,
    is_held_out boolean not null default false,
    is_first boolean not null default true, -- had been neither worked nor reported more than a day before
    primary key (tenant_id, delivery_id, task_no),
    check (customer_no = 0 or not is_held_out)
);

create index report_task_key on email.report_task (tenant_id, kind, task_key);
-- The columns that follow-ups read of a delivery, without the tasks themselves.
create index report_task_follow_up on email.report_task (tenant_id, delivery_id)
    include (kind, task_key, is_held_out, user_pseudo_id, user_id, last_activity_at)
    where kind <> 'purchases' and is_first;

-- Vacuumed early: index-only scans need pages that are known to be visible to all.
alter table email.report_task set (autovacuum_vacuum_insert_scale_factor = 0.02);

alter table email.report_task enable row level security;
alter table email.report_task force row level security;
create policy tenant on email.report_task
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table email.report_task add foreign key (tenant_id, delivery_id)
    references email.delivery (tenant_id, delivery_id) on delete cascade;
