-- What the auth service may do with its own tables; it reads no other service's.
revoke all on all tables in schema auth from branchwise_auth;
grant usage on schema auth to branchwise_auth;
grant select, insert, update on
    auth.tenant, auth.account, auth.credential, auth.signing_key, auth.session, auth.invitation, auth.api_key
to branchwise_auth;
grant select, insert, update, delete on
    auth.membership, auth.team, auth.identity, auth.pending_sign_in, auth.refresh_token, auth.mailed_link
to branchwise_auth;
-- An email change that is undone, or an account's password that is taken away, deletes the credential.
grant delete on auth.credential, auth.session to branchwise_auth;
-- Append-only: what was written down can be neither changed nor taken away.
grant select, insert on auth.audit_entry to branchwise_auth;
