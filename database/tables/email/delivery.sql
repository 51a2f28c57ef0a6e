-- One row per report and rep, written before the mail server is asked to accept the message.
-- status: sending (handed over, or about to be: the outcome is not written yet); sent; written (to a file, if no mail
-- server is configured); deferred (not accepted, will be tried again); refused, failed (not accepted, and why); unknown
-- (nobody can say whether it was accepted: never sent again automatically); nothing_to_report; unsubscribed.
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
    hold_out_pct smallint not null default 0, -- the share of customers that were left out of the report
    primary key (tenant_id, delivery_id)
);

-- A report goes to a rep once, whoever asks and however often; only force makes another.
create unique index delivery_once on email.delivery (tenant_id, report_date, branch_code, lower(sales_rep_email))
    where not is_forced and status in ('sending', 'sent', 'written', 'unknown');
-- A job that starts again finds what it has already done.
create unique index delivery_of_job on email.delivery (tenant_id, job_id, branch_code, lower(sales_rep_email));
create index delivery_newest on email.delivery (tenant_id, created_at desc, delivery_id);

alter table email.delivery enable row level security;
alter table email.delivery force row level security;
create policy tenant on email.delivery
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
