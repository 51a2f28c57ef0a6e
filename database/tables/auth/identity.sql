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
