-- The realtime service judges its callers itself: it reads memberships and the tenant's settings.
revoke all on auth.tenant, auth.membership from branchwise_realtime;
grant usage on schema auth to branchwise_realtime;
grant select on auth.tenant, auth.membership to branchwise_realtime;
