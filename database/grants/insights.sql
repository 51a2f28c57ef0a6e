-- The insights service judges its callers itself: it reads memberships and the tenant's settings.
revoke all on auth.tenant, auth.membership from branchwise_insights;
grant usage on schema auth to branchwise_insights;
grant select on auth.tenant, auth.membership to branchwise_insights;
