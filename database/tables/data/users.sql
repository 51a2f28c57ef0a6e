-- The company's customers, from its own records: whom to call, and their home branch.
create table data.users (
    tenant_id uuid not null,
    user_id text not null,
    buying_company_name text,
    email text,
    cell_phone text,
    office_phone text,
    location_id text,
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, user_id)
);

-- To find the user of an order by its address.
create index users_email on data.users (tenant_id, lower(email)) where email is not null;

alter table data.users enable row level security;
alter table data.users force row level security;
create policy tenant on data.users
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
