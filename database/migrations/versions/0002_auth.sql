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
    -- When its owner proved to read this mailbox; without that no sign-in elsewhere is linked by the address.
    email_verified_at timestamptz,
    name text not null default '' check (length(name) <= 200),
    avatar_url text,
    -- The operator has shut it out; its sessions are revoked with it.
    disabled_at timestamptz,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- Who asks for a picture names nothing else.
create index account_avatar on auth.account (avatar_url) where avatar_url is not null;

-- An account's password as an argon2id hash in PHC form. Apart from account, so that reading a profile never
-- touches it. An account that signs in elsewhere has no row here.
create table auth.credential (
    account_id uuid not null primary key,
    password_hash text not null check (starts_with(password_hash, '$argon2id$')),
    changed_at timestamptz not null default now() -- for who asks, after a leak, which passwords are older
);

alter table auth.credential
    add constraint credential_account foreign key (account_id) references auth.account (account_id) on delete cascade;

-- An account as an OpenID provider knows it. The provider's subject never changes, its email may.
create table auth.identity (
    issuer text not null,
    subject text not null check (subject <> '' and length(subject) <= 255),
    account_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (issuer, subject)
);

create index identity_account on auth.identity (account_id);

alter table auth.identity
    add constraint identity_account foreign key (account_id) references auth.account (account_id) on delete cascade;

-- A sign-in at an OpenID provider that has begun; taking it to end it deletes it, so that it serves once.
create table auth.pending_sign_in (
    -- sha-256 of the state that travels through the browser
    state_hash bytea not null primary key,
    provider text not null,
    redirect_uri text not null,
    -- sha-256 of the cookie of the browser that began it: nobody else's browser may end it
    browser_hash bytea not null,
    -- {"nonce", "code_verifier"} as common.sealing made it, for the context 'auth.pending_sign_in/<state hash, hex>'
    sealed_secrets text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index pending_sign_in_expires on auth.pending_sign_in (expires_at);

-- A sign-in on one device: the family of its refresh tokens. Every service asks whether it still stands.
create table auth.session (
    session_id uuid not null primary key default gen_random_uuid(),
    account_id uuid not null,
    -- password, oidc:<provider>, invitation, operator
    method text not null,
    user_agent text not null default '' check (length(user_agent) <= 400),
    address text not null default '' check (length(address) <= 45),
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    -- logout, revoked, reuse, password-changed, email-changed, account-disabled. For operators after an incident, who
    -- ask the database which sessions ended by a stolen token; and an address that somebody signed out at stays a known one.
    revoked_because text
);

create index session_account on auth.session (account_id, created_at desc);
create index session_expires on auth.session (expires_at);

-- No tenant stands here, and yet every service reads it: each sees the sessions of the account that calls only.
alter table auth.session enable row level security;
alter table auth.session force row level security;

alter table auth.session
    add constraint session_account foreign key (account_id) references auth.account (account_id) on delete cascade;

-- The refresh tokens of a session, one after the other. Only their hashes are kept.
create table auth.refresh_token (
    token_hash bytea not null primary key,
    session_id uuid not null,
    created_at timestamptz not null default now(),
    -- When it was exchanged for the next one; a later use within the grace time gets that same pair.
    used_at timestamptz,
    successor_hash bytea,
    -- The pair it was exchanged for, as common.sealing made it, for the context 'auth.refresh_token/<hash, hex>'
    sealed_answer text
);

create index refresh_token_session on auth.refresh_token (session_id);

alter table auth.refresh_token
    add constraint refresh_token_session foreign key (session_id) references auth.session (session_id)
    on delete cascade;

-- Links that prove who reads a mailbox: each works once. An invitation's stand in auth.invitation.
create table auth.mailed_link (
    token_hash bytea not null primary key,
    account_id uuid not null,
    purpose text not null check (purpose in ('reset-password', 'verify-email')),
    -- The address that it was sent to; verifying makes it the account's.
    email text not null check (email <> '' and length(email) <= 254),
    -- Where mail to that arrives, by which mails are counted: without its +tag.
    mailbox text not null,
    -- The account's address when the link was asked for: it works only while that is so.
    account_email text not null,
    -- The session that asked for it, where one did: it works only while that stands. No foreign key: one that
    -- housekeeping has deleted does not stand.
    session_id uuid,
    created_at timestamptz not null default now(),
    -- The job whose mail carries it; run again, it replaces what it made before.
    job_id uuid not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create index mailed_link_account on auth.mailed_link (account_id, purpose);
create index mailed_link_mailbox on auth.mailed_link (mailbox, created_at);
create index mailed_link_expires on auth.mailed_link (expires_at);

alter table auth.mailed_link
    add constraint mailed_link_account foreign key (account_id) references auth.account (account_id) on delete cascade;

-- Teams within a tenant; who is in one stands in auth.membership.
create table auth.team (
    tenant_id uuid not null,
    team_id uuid not null default gen_random_uuid(),
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    owner_id uuid,
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, team_id)
);

alter table auth.team enable row level security;
alter table auth.team force row level security;
create policy tenant on auth.team
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.team
    add constraint team_tenant foreign key (tenant_id) references auth.tenant (tenant_id) on delete cascade;

-- Who belongs to which tenant, as what. Every service reads it to make its own decision.
create table auth.membership (
    tenant_id uuid not null,
    account_id uuid not null,
    role text not null check (role in ('admin', 'manager', 'analyst', 'rep')),
    -- How the tenant's people know them; empty: by the account's own name.
    name text not null default '' check (length(name) <= 200),
    -- The address that was invited: until they came, the tenant is told of no other one that the account may have now.
    invited_email text check (length(invited_email) <= 254),
    -- Single scopes granted beyond the role's.
    permissions text[] not null default '{}',
    -- The branches (location_id) whose tasks a rep works.
    branch_codes text[] not null default '{}',
    team_id uuid,
    -- Null: invited. Nobody is made a member without having said yes.
    joined_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, account_id)
);

-- Sign-in asks by account, before any tenant is known.
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

-- The link by which an invited person says yes. What they become stands in auth.membership, with joined_at null.
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

-- Who follows the link names no tenant. (Not unique: a hash of 32 random bytes is, and a unique key leads with tenant.)
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

-- Keys of machines. The key itself is shown once and kept as a hash; every service looks its own caller's up.
create table auth.api_key (
    tenant_id uuid not null,
    api_key_id uuid not null default gen_random_uuid(),
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    -- The first characters, by which people tell keys apart.
    hint text not null,
    -- sha-256: the key is 32 random bytes, which no guessing reaches, so that no slow hash is needed.
    key_hash bytea not null,
    scopes text[] not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    uses bigint not null default 0,
    primary key (tenant_id, api_key_id)
);

create index api_key_hash on auth.api_key (key_hash);

alter table auth.api_key enable row level security;
alter table auth.api_key force row level security;
create policy tenant on auth.api_key
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.api_key
    add constraint api_key_tenant foreign key (tenant_id) references auth.tenant (tenant_id) on delete cascade;

-- Who did what, when, and what was refused. Rows are added and read, never changed: no role has the right to.
-- What belongs to no tenant (a sign-in with an unknown email) stands under the nil UUID, for the operator.
create table auth.audit_entry (
    tenant_id uuid not null,
    occurred_at timestamptz not null,
    entry_id uuid not null,
    -- '<noun>.<verb>', as in common/audit
    action text not null,
    outcome text not null check (outcome in ('done', 'refused')),
    -- The account or the API key that acted; null: nobody known, or the operator.
    actor_id uuid,
    actor_kind text not null check (actor_kind in ('account', 'api-key', 'operator', 'system', 'unknown')),
    -- The actor's email or the key's name then: both may be gone when somebody reads this.
    actor text not null default '',
    target text not null default '',
    -- What changed, without secrets.
    detail jsonb not null default '{}',
    service text not null,
    address text not null default '',
    request_id text not null default '',
    -- How often the same was refused: one entry tells of all within some minutes.
    count integer not null default 1,
    -- '<noun>' of the action, for all that happened to members, keys, …
    noun text generated always as (split_part(action, '.', 1)) stored,
    primary key (tenant_id, occurred_at, entry_id)
);

-- One for each filter of GET /auth/audit, in its order: a page is read where it stands, however long the log is.
create index audit_entry_actor_id on auth.audit_entry (tenant_id, actor_id, occurred_at, entry_id);
create index audit_entry_actor on auth.audit_entry (tenant_id, actor, occurred_at, entry_id);
create index audit_entry_action on auth.audit_entry (tenant_id, action, occurred_at, entry_id);
create index audit_entry_noun on auth.audit_entry (tenant_id, noun, occurred_at, entry_id);
create index audit_entry_target on auth.audit_entry (tenant_id, target, occurred_at, entry_id);
create index audit_entry_outcome on auth.audit_entry (tenant_id, outcome, occurred_at, entry_id);
create index audit_entry_service on auth.audit_entry (tenant_id, service, occurred_at, entry_id);

alter table auth.audit_entry enable row level security;
alter table auth.audit_entry force row level security;
create policy tenant on auth.audit_entry
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Keys that sign access tokens. The newest whose time has come signs; every one that is not retired verifies.
create table auth.signing_key (
    -- RFC 7638 thumbprint of the public key.
    kid text not null primary key,
    algorithm text not null check (algorithm = 'EdDSA'),
    public_jwk jsonb not null,
    -- The private key as common.sealing made it, for the context 'auth.signing_key/<kid>'.
    sealed_private_key text not null,
    created_at timestamptz not null default now(),
    -- A new key is published before it signs, so that everybody who verifies has it by then.
    signs_from timestamptz not null default now(),
    -- From when on it verifies no more; may lie ahead.
    retired_at timestamptz
);
