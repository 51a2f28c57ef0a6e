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
