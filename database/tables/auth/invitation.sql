-- The link by which an invited person accepts. What they become is in auth.membership, with joined_at null.
create table auth.invitation (
    tenant_id uuid not null,
    invitation_id uuid not null default gen_random_uuid(),
    account_id uuid not null,
    -- sha-256 of the newest link's token; null until the email is on its way
    token_hash bytea,
    invited_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    primary key (tenant_id, invitation_id)
);

-- Following the link names no tenant. (Not unique: a hash of 32 random bytes is, and unique keys begin with tenant.)
create index invitation_token on auth.invitation (token_hash) where token_hash is not null;
create index invitation_account on auth.invitation (tenant_id, account_id);

alter table auth.invitation enable row level security;
alter table auth.invitation force row level security;
create policy tenant on auth.invitation
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.invitation
    add constraint invitation_membership foreign key (tenant_id, account_id)
    references auth.membership (tenant_id, account_id) on delete cascade;
