-- Companies. A row is written by the auth service alone; every service reads its own tenant's.
create table auth.tenant (
    tenant_id uuid not null primary key default gen_random_uuid(),
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    time_zone text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    country text check (country ~ '^[A-Z]{2}$'),
    week_start text not null default 'monday' check (
        week_start in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')
    ),
    plan text not null default 'enterprise' check (plan in ('free', 'premium', 'enterprise')),
    -- {"property_id": text or null, "location_source": text or null}
    google_analytics_config jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

alter table auth.tenant enable row level security;
alter table auth.tenant force row level security;
create policy tenant on auth.tenant
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- People who sign in. Global: one account may belong to several tenants, so there is no tenant_id here, and only
-- the auth service's role may read it.
create table auth.account (
    account_id uuid not null primary key default gen_random_uuid(),
    -- Folded before it is stored (trimmed, NFC, lower case), so that equality is identity.
    email text not null unique check (email <> '' and length(email) <= 254),
    name text not null default '' check (length(name) <= 200),
    avatar_url text,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- An account's password as an argon2id hash in PHC form. Apart from account, so that reading a profile never
-- touches it. An account that signs in elsewhere has no row here.
create table auth.credential (
    account_id uuid not null primary key,
    password_hash text not null check (starts_with(password_hash, '$argon2id$')),
    changed_at timestamptz not null default now() -- for who asks, after a leak, which passwords are older
);

alter table auth.credential
    add constraint credential_account foreign key (account_id) references auth.account (account_id) on delete cascade;

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

-- Keys that sign access tokens. The newest that is not retired signs; every one that is not retired verifies.
create table auth.signing_key (
    -- RFC 7638 thumbprint of the public key.
    kid text not null primary key,
    algorithm text not null check (algorithm = 'EdDSA'),
    public_jwk jsonb not null,
    -- The private JWK as common.sealing made it, for the context 'auth.signing_key/<kid>'.
    sealed_private_key text not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz
);
