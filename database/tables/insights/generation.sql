-- Tenants that have figures, and when their insights are due next. Whoever writes findings locks the row.
create table insights.generation (
    tenant_id uuid not null primary key,
    due_at timestamptz not null default now()
);

alter table insights.generation enable row level security;
alter table insights.generation force row level security;
create policy tenant on insights.generation
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
