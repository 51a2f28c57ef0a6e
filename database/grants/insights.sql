-- The insights service writes its own schema. It judges its callers itself: it reads memberships and the tenant's
-- settings. Budget advice it asks of the analytics service over HTTP.
revoke all on auth.tenant, auth.membership, auth.session, auth.api_key from branchwise_insights;
grant usage on schema insights, auth to branchwise_insights;
grant select, insert, update, delete on
    insights.insight, insights.feedback, insights.alert_setting, insights.candidate, insights.declared_event,
    insights.judged, insights.generation
to branchwise_insights;
grant select on auth.tenant, auth.membership to branchwise_insights;
-- (enough to see that the caller's session or key still stands)
grant select (session_id, account_id, expires_at, revoked_at) on auth.session to branchwise_insights;
grant select (tenant_id, api_key_id, name, key_hash, scopes, expires_at, revoked_at) on auth.api_key to branchwise_insights;
