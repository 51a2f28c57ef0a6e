-- What the auth service may do with its own tables; it reads no other service's.
revoke all on all tables in schema auth from branchwise_auth;
grant usage on schema auth to branchwise_auth;
grant select, insert, update on
    auth.tenant, auth.account, auth.credential, auth.signing_key, auth.session, auth.invitation, auth.api_key
to branchwise_auth;
grant select, insert, update, delete on
    auth.membership, auth.team, auth.refresh_token, auth.mailed_link
to branchwise_auth;
-- Who somebody is at a provider stays as it was first said, until their account leaves the mailbox that said so.
grant select, insert, delete on auth.identity to branchwise_auth;
-- A begun sign-in serves once and is deleted; only its seal is ever changed, under another key.
grant select, insert, delete on auth.pending_sign_in to branchwise_auth;
grant update (sealed_secrets) on auth.pending_sign_in to branchwise_auth;
-- Who signs in by an email that a provider has verified takes away a password that nobody had proved to be its owner's.
grant delete on auth.credential to branchwise_auth;
-- Housekeeping, for sessions that are long over.
grant delete on auth.session to branchwise_auth;
-- Append-only: what was written down can be neither changed nor taken away.
grant select, insert on auth.audit_entry to branchwise_auth;
