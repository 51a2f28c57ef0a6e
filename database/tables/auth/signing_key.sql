-- Keys that sign access tokens. The newest whose time has come signs; every one that is not retired verifies.
create table auth.signing_key (
    -- RFC 7638 thumbprint of the public key.
    kid text not null primary key,
    algorithm text not null check (algorithm = 'EdDSA'),
    public_jwk jsonb not null,
    -- The private key as common.sealing made it, for the context 'auth.signing_key/<kid>'.
    sealed_private_key text not null,
    created_at timestamptz not null default now(),
    -- A new key is published before it signs, so that all verifiers have it by then.
    signs_from timestamptz not null default now(),
    -- When it ceases to verify; may be in the future.
    retired_at timestamptz
);
