-- The refresh tokens of a session, one after the other. Only their hashes are stored.
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
