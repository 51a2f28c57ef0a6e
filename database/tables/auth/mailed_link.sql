-- Links that prove who reads a mailbox: each works once. Those of invitations are in auth.invitation.
create table auth.mailed_link (
    token_hash bytea not null primary key,
    account_id uuid not null,
    purpose text not null check (purpose in ('reset-password', 'verify-email')),
    -- The address that it was sent to; verifying makes it the account's.
    email text not null check (email <> '' and length(email) <= 254),
    -- The mailbox where mail to it arrives (without its +tag), by which mails are counted.
    mailbox text not null,
    -- The account's address when the link was asked for: it works only while that is unchanged.
    account_email text not null,
    -- The session that asked for it, if one did: it works only while that session exists. No foreign key, because
    -- housekeeping deletes sessions.
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
