-- A sign-in at an OpenID provider that has begun. Completing it deletes it, so that it works once.
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
