-- What every service may do with the tables that each has; applied for each schema after the service's own file.
grant usage on schema {schema} to {role};
grant select, insert, update, delete on
    {schema}.outbox, {schema}.inbox, {schema}.dead_letter, {schema}.job, {schema}.idempotency_key
to {role};
grant execute on function {schema}.count_dead_letters(), {schema}.count_failed_jobs() to {role};
-- PgQueuer's tables hold ids and times only.
grant select, insert, update, delete on
    {schema}.pgqueuer, {schema}.pgqueuer_log, {schema}.pgqueuer_schedules, {schema}.pgqueuer_statistics
to {role};
grant usage, select on all sequences in schema {schema} to {role};
