-- A sign-in on one device: the family of its refresh tokens. Every service checks whether it still exists.
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
    -- logout, revoked, reuse, password-changed, email-changed, account-disabled. After an incident,
    -- operators can ask the database which sessions a stolen token ended. And an address at which somebody signed out
    -- stays a known one.
    revoked_because text
);

create index session_account on auth.session (account_id, created_at desc);
create index session_expires on auth.session (expires_at);

-- No tenant stands here, and yet every service reads it: each sees the sessions of the account that calls only.
alter table auth.session enable row level security;
alter table auth.session force row level security;

alter table auth.session
    add constraint session_account foreign key (account_id) references auth.account (account_id) on delete cascade;
