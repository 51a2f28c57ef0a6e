-- Look-ups without a tenant that every service needs, applied for each service's schema and role.
-- The relay publishes what any tenant's outbox holds, and marks it published.
drop policy if exists outbox_relay_sees on {schema}.outbox;
create policy outbox_relay_sees on {schema}.outbox for select to {role}
    using (current_setting('app.lookup', true) = 'outbox_relay');
drop policy if exists outbox_relay_marks on {schema}.outbox;
create policy outbox_relay_marks on {schema}.outbox for update to {role}
    using (current_setting('app.lookup', true) = 'outbox_relay')
    with check (current_setting('app.lookup', true) = 'outbox_relay');

-- Jobs whose ticket got lost are found by the worker, which then queues each again as its tenant.
drop policy if exists lost_jobs on {schema}.job;
create policy lost_jobs on {schema}.job for select to {role}
    using (current_setting('app.lookup', true) = 'lost_jobs' and status in ('queued', 'running') and not awaiting);

-- Operators see how many dead letters and failed jobs there are. No service may read them across tenants: the rows are
-- open to the owner, as whom nobody signs in, within functions that return numbers: count_dead_letters and
-- count_failed_jobs.
drop policy if exists dead_letters_counted on {schema}.dead_letter;
create policy dead_letters_counted on {schema}.dead_letter for select to branchwise_owner
    using (current_setting('app.lookup', true) = 'dead_letters_counted');
drop policy if exists failed_jobs_counted on {schema}.job;
create policy failed_jobs_counted on {schema}.job for select to branchwise_owner
    using (current_setting('app.lookup', true) = 'failed_jobs_counted' and status = 'failed');

-- Housekeeping drops what is past its age.
drop policy if exists housekeeping on {schema}.outbox;
create policy housekeeping on {schema}.outbox for delete to {role}
    using (current_setting('app.lookup', true) = 'housekeeping' and published_at < now() - interval '14 days');
drop policy if exists housekeeping_sees on {schema}.outbox;
create policy housekeeping_sees on {schema}.outbox for select to {role}
    using (current_setting('app.lookup', true) = 'housekeeping' and published_at < now() - interval '14 days');

drop policy if exists housekeeping on {schema}.inbox;
create policy housekeeping on {schema}.inbox for delete to {role}
    using (current_setting('app.lookup', true) = 'housekeeping' and handled_at < now() - interval '21 days');
drop policy if exists housekeeping_sees on {schema}.inbox;
create policy housekeeping_sees on {schema}.inbox for select to {role}
    using (current_setting('app.lookup', true) = 'housekeeping' and handled_at < now() - interval '21 days');

drop policy if exists housekeeping on {schema}.idempotency_key;
create policy housekeeping on {schema}.idempotency_key for delete to {role}
    using (current_setting('app.lookup', true) = 'housekeeping' and created_at < now() - interval '24 hours');
drop policy if exists housekeeping_sees on {schema}.idempotency_key;
create policy housekeeping_sees on {schema}.idempotency_key for select to {role}
    using (current_setting('app.lookup', true) = 'housekeeping' and created_at < now() - interval '24 hours');

-- Jobs that a schedule made, not a person: an hourly one of a thousand tenants is nine million rows a year. What
-- somebody asked for stays, with its result.
drop policy if exists routine_jobs on {schema}.job;
create policy routine_jobs on {schema}.job for delete to {role}
    using (
        current_setting('app.lookup', true) = 'housekeeping'
        and created_by is null
        and status in ('completed', 'failed', 'cancelled')
        and finished_at < now() - interval '30 days'
    );
drop policy if exists routine_jobs_sees on {schema}.job;
create policy routine_jobs_sees on {schema}.job for select to {role}
    using (
        current_setting('app.lookup', true) = 'housekeeping'
        and created_by is null
        and status in ('completed', 'failed', 'cancelled')
        and finished_at < now() - interval '30 days'
    );
