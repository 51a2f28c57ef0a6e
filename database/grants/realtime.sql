-- The realtime service checks its callers itself: it reads memberships and the tenant's settings.
revoke all on auth.tenant, auth.membership, auth.session, auth.api_key from branchwise_realtime;
grant usage on schema auth to branchwise_realtime;
grant select on auth.tenant, auth.membership to branchwise_realtime;
-- (enough to check that the caller's session or key still exists)
grant select (session_id, account_id, expires_at, revoked_at) on auth.session to branchwise_realtime;
grant select (tenant_id, api_key_id, name, key_hash, scopes, expires_at, revoked_at) on auth.api_key to branchwise_realtime;
