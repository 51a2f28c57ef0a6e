-- Every look-up that has no tenant yet, in one file: `set local app.lookup = '<name>'` opens exactly what is listed
-- here. (Those that each service has for its own outbox and inbox: each_service.sql.)

-- own_memberships: at sign-in and at each call, an account's own memberships; nobody else's, and only to read.
drop policy if exists own_memberships on auth.membership;
create policy own_memberships on auth.membership for select
    to branchwise_auth, branchwise_analytics, branchwise_data, branchwise_insights, branchwise_email, branchwise_realtime
    using (
        current_setting('app.lookup', true) = 'own_memberships'
        and joined_at is not null
        and account_id = nullif(current_setting('app.account_id', true), '')::uuid
    );

-- own_memberships: the account's sessions, to check that the one it calls with still exists.
drop policy if exists own_memberships on auth.session;
create policy own_memberships on auth.session for select
    to branchwise_analytics, branchwise_data, branchwise_insights, branchwise_email, branchwise_realtime
    using (
        current_setting('app.lookup', true) = 'own_memberships'
        and account_id = nullif(current_setting('app.account_id', true), '')::uuid
    );
-- The auth service keeps all sessions; they have no tenant.
drop policy if exists kept_by_auth on auth.session;
create policy kept_by_auth on auth.session to branchwise_auth using (true) with check (true);

-- api_key: a machine names no tenant; the row of the one key whose hash is known says whose it is.
drop policy if exists api_key on auth.api_key;
create policy api_key on auth.api_key for select
    to branchwise_auth, branchwise_analytics, branchwise_data, branchwise_insights, branchwise_email, branchwise_realtime
    using (
        current_setting('app.lookup', true) = 'api_key'
        and key_hash = decode(nullif(current_setting('app.token_hash', true), ''), 'hex')
    );

-- invitation: somebody who follows the link of an invitation belongs to no tenant yet.
drop policy if exists invitation on auth.invitation;
create policy invitation on auth.invitation for select to branchwise_auth
    using (
        current_setting('app.lookup', true) = 'invitation'
        and token_hash = decode(nullif(current_setting('app.token_hash', true), ''), 'hex')
    );

-- own_memberships: the names and settings of the tenants that the account belongs to, for its profile.
drop policy if exists own_memberships on auth.tenant;
create policy own_memberships on auth.tenant for select to branchwise_auth
    using (
        current_setting('app.lookup', true) = 'own_memberships'
        and exists (
            select 1 from auth.membership m
            where m.tenant_id = tenant.tenant_id
                and m.joined_at is not null
                and m.account_id = nullif(current_setting('app.account_id', true), '')::uuid
        )
    );

-- housekeeping: jobs without a tenant hold the address that a mail was asked for, known or not: they are deleted a day
-- after their end.
drop policy if exists housekeeping on auth.job;
create policy housekeeping on auth.job for delete to branchwise_auth
    using (
        current_setting('app.lookup', true) = 'housekeeping'
        and tenant_id = '00000000-0000-0000-0000-000000000000'
        and status in ('completed', 'failed', 'cancelled')
        and finished_at < now() - interval '1 day'
    );
drop policy if exists housekeeping_sees on auth.job;
create policy housekeeping_sees on auth.job for select to branchwise_auth
    using (
        current_setting('app.lookup', true) = 'housekeeping'
        and tenant_id = '00000000-0000-0000-0000-000000000000'
        and status in ('completed', 'failed', 'cancelled')
        and finished_at < now() - interval '1 day'
    );

-- housekeeping: syncs that nobody asked for, four an hour of each source, are deleted sooner than other routine jobs
-- (each_service.sql): three days after their end, unless they failed.
drop policy if exists housekeeping on data.job;
create policy housekeeping on data.job for delete to branchwise_data
    using (
        current_setting('app.lookup', true) = 'housekeeping'
        and kind like 'sync.%'
        and created_by is null
        and status in ('completed', 'cancelled')
        and finished_at < now() - interval '3 days'
    );
drop policy if exists housekeeping_sees on data.job;
create policy housekeeping_sees on data.job for select to branchwise_data
    using (
        current_setting('app.lookup', true) = 'housekeeping'
        and kind like 'sync.%'
        and created_by is null
        and status in ('completed', 'cancelled')
        and finished_at < now() - interval '3 days'
    );

-- email_link: somebody who follows a link of a report names no tenant; the row of the one link whose token's hash is
-- known says whose it is, and nothing else opens.
drop policy if exists email_link on email.link;
create policy email_link on email.link for select to branchwise_email
    using (
        current_setting('app.lookup', true) = 'email_link'
        and token_hash = decode(nullif(current_setting('app.token_hash', true), ''), 'hex')
    );

-- webhook: a shop's delivery names the source in its address and no tenant; that one row says whose it is, and what
-- opens the secret that the delivery must be signed with.
drop policy if exists webhook on data.source;
create policy webhook on data.source for select to branchwise_data
    using (
        current_setting('app.lookup', true) = 'webhook'
        and kind = 'woocommerce'
        and source_id = nullif(current_setting('app.row_id', true), '')::uuid
    );

-- analytics_refresher: which tenants have something to refresh and when they were refreshed last; nothing is written.
drop policy if exists analytics_refresher on analytics.dirty_key;
create policy analytics_refresher on analytics.dirty_key for select to branchwise_analytics
    using (current_setting('app.lookup', true) = 'analytics_refresher');
drop policy if exists analytics_refresher on analytics.rollup_state;
create policy analytics_refresher on analytics.rollup_state for select to branchwise_analytics
    using (current_setting('app.lookup', true) = 'analytics_refresher');

-- reseal: the operator's command seals every stored secret again with another key, whoever it belongs to.
drop policy if exists reseal_sees on email.smtp_config;
create policy reseal_sees on email.smtp_config for select to branchwise_email
    using (current_setting('app.lookup', true) = 'reseal' and password_sealed is not null);
drop policy if exists reseal_changes on email.smtp_config;
create policy reseal_changes on email.smtp_config for update to branchwise_email
    using (current_setting('app.lookup', true) = 'reseal' and password_sealed is not null)
    with check (current_setting('app.lookup', true) = 'reseal' and password_sealed is not null);

-- reseal: likewise the secrets of connected sources.
drop policy if exists reseal_sees on data.source;
create policy reseal_sees on data.source for select to branchwise_data
    using (current_setting('app.lookup', true) = 'reseal' and secrets_sealed is not null);
drop policy if exists reseal_changes on data.source;
create policy reseal_changes on data.source for update to branchwise_data
    using (current_setting('app.lookup', true) = 'reseal' and secrets_sealed is not null)
    with check (current_setting('app.lookup', true) = 'reseal' and secrets_sealed is not null);

-- due_sources: whose sources are to be read now; each is then claimed as its tenant.
drop policy if exists due_sources on data.source;
create policy due_sources on data.source for select to branchwise_data
    using (
        current_setting('app.lookup', true) = 'due_sources'
        and next_sync_at <= now()
        and status in ('active', 'degraded')
    );

-- due_retention: whose events past their age are to be looked for now; each is then claimed as its tenant.
drop policy if exists due_retention on data.retention;
create policy due_retention on data.retention for select to branchwise_data
    using (current_setting('app.lookup', true) = 'due_retention' and due_at <= now());

-- measurement_id: a sender to /mp/collect names no tenant; the row of the one stream with the known secret says whose
-- it is.
drop policy if exists measurement_id on data.measurement_stream;
create policy measurement_id on data.measurement_stream for select to branchwise_data
    using (
        current_setting('app.lookup', true) = 'measurement_id'
        and api_secret_hash = decode(nullif(current_setting('app.token_hash', true), ''), 'hex')
    );

-- due_insights: whose insights are to be generated now; each is then claimed as its tenant.
drop policy if exists due_insights on insights.generation;
create policy due_insights on insights.generation for select to branchwise_insights
    using (current_setting('app.lookup', true) = 'due_insights' and due_at <= now());
