-- People who sign in. Global: one account may belong to several tenants, so there is no tenant_id here, and only the
-- auth service's role may read it.
create table auth.account (
    account_id uuid not null primary key default gen_random_uuid(),
    -- Folded before it is stored (trimmed, NFC, lower case), so that equality is identity.
    email text not null unique check (email <> '' and length(email) <= 254),
    -- When its owner proved that they read this mailbox; without that no provider is linked by the address.
    email_verified_at timestamptz,
    name text not null default '' check (length(name) <= 200),
    avatar_url text,
    -- The operator has locked it out, which also revoked its sessions.
    disabled_at timestamptz,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- A request for a picture names nothing else.
create index account_avatar on auth.account (avatar_url) where avatar_url is not null;
