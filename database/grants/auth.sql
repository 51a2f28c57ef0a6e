-- What the auth service may do with its own tables. Nothing is deleted yet; it reads no other service's.
revoke all on auth.tenant, auth.membership, auth.account, auth.credential, auth.signing_key from branchwise_auth;
grant usage on schema auth to branchwise_auth;
grant select, insert, update on auth.tenant, auth.membership, auth.account, auth.credential to branchwise_auth;
-- (update: a key is retired, and the first one is made under a lock that asks for it)
grant select, insert, update on auth.signing_key to branchwise_auth;
