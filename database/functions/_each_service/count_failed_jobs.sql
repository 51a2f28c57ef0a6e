-- How many jobs of all tenants together have failed within a day and were not queued again, by kind; counted up to a
-- hundred thousand. It reveals neither whose they are nor why: it takes nothing from its caller, and the policy
-- failed_jobs_counted shows the rows to its owner alone, within a look-up of that name.
create or replace function {schema}.count_failed_jobs()
returns table (kind text, jobs bigint)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select f.kind, count(*)
    from (
        select j.kind
        from {schema}.job j
        where j.status = 'failed' and j.finished_at > now() - interval '1 day'
        limit 100000
    ) as f
    group by f.kind;
end
$$;
revoke all on function {schema}.count_failed_jobs() from public;
