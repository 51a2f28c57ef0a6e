-- The email service writes its own schema. It reads the tenant's settings and what the report's functions read, which
-- run with the caller's rights.
revoke all on all tables in schema email, analytics, data, auth from branchwise_email;
grant usage on schema email, auth, analytics, data to branchwise_email;
grant select, insert, update, delete on
    email.branch_rep, email.smtp_config, email.delivery, email.report_task, email.link, email.task_action, email.opt_out,
    email.report_setting
to branchwise_email;
grant select on auth.tenant, auth.membership to branchwise_email;
-- (enough to check that the caller's session or key still exists)
grant select (session_id, account_id, expires_at, revoked_at) on auth.session to branchwise_email;
grant select (tenant_id, api_key_id, name, key_hash, scopes, expires_at, revoked_at) on auth.api_key to branchwise_email;
grant select on data.users, data.locations to branchwise_email;
grant select on
    analytics.sale, analytics.buy, analytics.open_cart, analytics.session_search, analytics.session,
    analytics.day_total, analytics.task_status
to branchwise_email;
-- (they run as the owner)
grant execute on function
    analytics.sessions_elsewhere(uuid, text, date, date), analytics.last_order_elsewhere(uuid, text, timestamptz)
    to branchwise_email;

-- (whom to erase, as long as something of them is left)
grant select on data.erasure to branchwise_email;
