-- Who follows up for a branch. A branch may have several reps; each gets the report.
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
