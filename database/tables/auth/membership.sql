-- Who belongs to which tenant, as what. Every service reads it to make its own decision.
create table auth.membership (
    tenant_id uuid not null,
    account_id uuid not null,
    role text not null check (role in ('admin', 'manager', 'analyst', 'rep')),
    -- Single scopes granted beyond the role's.
    permissions text[] not null default '{}',
    -- The branches (location_id) whose tasks a rep works.
    branch_codes text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, account_id)
);

-- Sign-in asks by account, before any tenant is known.
create index membership_account on auth.membership (account_id);

alter table auth.membership enable row level security;
alter table auth.membership force row level security;
create policy tenant on auth.membership
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.membership
    add constraint membership_tenant foreign key (tenant_id) references auth.tenant (tenant_id) on delete cascade;
alter table auth.membership
    add constraint membership_account foreign key (account_id) references auth.account (account_id) on delete cascade;
