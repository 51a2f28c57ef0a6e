-- An account's password as an argon2id hash in PHC form. It is separate from account, so that reading a profile never
-- touches it. An account that signs in through a provider has no row here.
create table auth.credential (
    account_id uuid not null primary key,
    password_hash text not null check (starts_with(password_hash, '$argon2id$')),
    changed_at timestamptz not null default now() -- to find out, after a leak, which passwords are older
);

alter table auth.credential
    add constraint credential_account foreign key (account_id) references auth.account (account_id) on delete cascade;
