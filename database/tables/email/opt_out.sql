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
