-- What the auth service may do with its own tables; it reads no other service's.
revoke all on all tables in schema auth from branchwise_auth;
grant usage on schema auth to branchwise_auth;
grant select, insert, update on
    auth.tenant, auth.account, auth.credential, auth.signing_key, auth.session, auth.invitation, auth.api_key
to branchwise_auth;
grant select, insert, update, delete on
    auth.membership, auth.team, auth.refresh_token, auth.mailed_link
to branchwise_auth;
-- An identity at a provider stays as first linked, until the account leaves the mailbox by which it was linked.
grant select, insert, delete on auth.identity to branchwise_auth;
-- A sign-in that has begun works once and is deleted; only its seal ever changes, under another key.
grant select, insert, delete on auth.pending_sign_in to branchwise_auth;
grant update (sealed_secrets) on auth.pending_sign_in to branchwise_auth;
-- Signing in with an email that a provider has verified removes a password that was never proved to be its owner's.
grant delete on auth.credential to branchwise_auth;
-- Housekeeping, for sessions that are long over.
grant delete on auth.session to branchwise_auth;
-- Append-only: entries can be neither changed nor deleted.
grant select, insert on auth.audit_entry to branchwise_auth;
