-- Who belongs to which tenant, in which role. Every service reads it to make its own decision.
create table auth.membership (
    tenant_id uuid not null,
    account_id uuid not null,
    role text not null check (role in ('admin', 'manager', 'analyst', 'rep')),
    -- The name by which the tenant's people know them; empty: the account's own name.
    name text not null default '' check (length(name) <= 200),
    -- The address that was invited: until they join, the tenant sees no other address that the account may have now.
    invited_email text check (length(invited_email) <= 254),
    -- Single scopes granted beyond the role's.
    permissions text[] not null default '{}',
    -- The branches (location_id) whose tasks a rep works.
    branch_codes text[] not null default '{}',
    team_id uuid,
    -- Null: invited. Nobody becomes a member without accepting.
    joined_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, account_id)
);

-- Sign-in looks up by account, before any tenant is known.
create index membership_account on auth.membership (account_id);
create index membership_team on auth.membership (tenant_id, team_id) where team_id is not null;

alter table auth.membership enable row level security;
alter table auth.membership force row level security;
create policy tenant on auth.membership
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.membership
    add constraint membership_tenant foreign key (tenant_id) references auth.tenant (tenant_id) on delete cascade;
alter table auth.membership
    add constraint membership_account foreign key (account_id) references auth.account (account_id) on delete cascade;
alter table auth.membership
    add constraint membership_team foreign key (tenant_id, team_id) references auth.team (tenant_id, team_id);
