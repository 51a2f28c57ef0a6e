-- Who follows up for a branch. A branch may have several reps, each gets the report.
create table email.branch_rep (
    tenant_id uuid not null,
    mapping_id uuid not null default gen_random_uuid(),
    branch_code text not null check (btrim(branch_code) <> '' and length(branch_code) <= 200),
    branch_name text not null check (length(branch_name) <= 200),
    sales_rep_name text not null check (length(sales_rep_name) <= 200),
    sales_rep_email text not null check (length(sales_rep_email) <= 254),
    is_enabled boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, mapping_id)
);

create unique index branch_rep_once on email.branch_rep (tenant_id, branch_code, lower(sales_rep_email));

alter table email.branch_rep enable row level security;
alter table email.branch_rep force row level security;
create policy tenant on email.branch_rep
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The tenant's own mail server. The password is sealed, and opened only to sign in there.
create table email.smtp_config (
    tenant_id uuid not null primary key,
    server text not null check (btrim(server) <> ''),
    port int not null check (port between 1 and 65535),
    from_address text not null,
    username text not null default '',
    password_sealed text,
    use_tls boolean not null,
    updated_by uuid,
    updated_at timestamptz not null default now()
);

alter table email.smtp_config enable row level security;
alter table email.smtp_config force row level security;
create policy tenant on email.smtp_config
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- One row per report and rep, written before the mail server is asked to take the message.
-- status: sending (handed over, or about to be: the outcome is not written yet); sent; written (to a file, where no
-- mail server is configured); deferred (not taken, to be tried again); refused, failed (not taken, and why);
-- unknown (nobody can say whether it was taken: never sent again by itself); nothing_to_report; unsubscribed.
create table email.delivery (
    tenant_id uuid not null,
    delivery_id uuid not null,
    job_id uuid not null,
    report_date date not null,
    branch_code text not null,
    branch_name text not null,
    sales_rep_name text not null,
    sales_rep_email text not null,
    is_forced boolean not null,
    route text not null check (route in ('smtp', 'file', 'none')),
    status text not null check (
        status in (
            'sending', 'sent', 'written', 'deferred', 'refused', 'failed', 'unknown', 'nothing_to_report',
            'unsubscribed'
        )
    ),
    detail text, -- why, or what the server said
    subject text,
    message_id text,
    customers int not null default 0, -- to call
    tasks int not null default 0,
    as_of timestamptz not null, -- the report counts to this instant
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant_id, delivery_id)
);

-- A report goes to a rep once, whoever asks how often; only force makes another.
create unique index delivery_once on email.delivery (tenant_id, report_date, branch_code, lower(sales_rep_email))
    where not is_forced and status in ('sending', 'sent', 'written', 'unknown');
-- A job that starts again finds what it had done.
create unique index delivery_of_job on email.delivery (tenant_id, job_id, branch_code, lower(sales_rep_email));
create index delivery_newest on email.delivery (tenant_id, created_at desc, delivery_id);

alter table email.delivery enable row level security;
alter table email.delivery force row level security;
create policy tenant on email.delivery
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

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

-- Links of a report: to a customer's tasks, to the full list, to the way out. Only the hash of a token is kept.
create table email.link (
    tenant_id uuid not null,
    token_hash bytea not null,
    purpose text not null check (purpose in ('customer', 'list', 'unsubscribe')),
    delivery_id uuid not null,
    customer_no int check ((customer_no is not null) = (purpose = 'customer')),
    expires_at timestamptz, -- the way out never expires
    primary key (tenant_id, token_hash)
);

-- Who follows a link has no tenant yet.
create index link_by_hash on email.link (token_hash);
create index link_of_delivery on email.link (tenant_id, delivery_id);

alter table email.link enable row level security;
alter table email.link force row level security;
create policy tenant on email.link
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table email.link add foreign key (tenant_id, delivery_id)
    references email.delivery (tenant_id, delivery_id) on delete cascade;

-- What a rep did on a task's page, and what stood there before, so that it can be undone. One action may work several
-- tasks of one customer.
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

-- Reps who stopped a branch's daily email; the address is lower-case. It outlives the mapping.
create table email.opt_out (
    tenant_id uuid not null,
    branch_code text not null,
    sales_rep_email text not null check (sales_rep_email = lower(sales_rep_email)),
    opted_out_at timestamptz not null default now(),
    primary key (tenant_id, branch_code, sales_rep_email)
);

alter table email.opt_out enable row level security;
alter table email.opt_out force row level security;
create policy tenant on email.opt_out
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
