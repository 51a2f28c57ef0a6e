-- Takes the right to update the planner's statistics of the summaries, unless somebody else has it, and returns whether
-- it succeeded. The right lasts until the transaction ends, as the locks of the analyzed tables do, which a company's
-- first run reaches in minutes: the runs of others must not wait for that.
create or replace function analytics.may_analyze()
returns boolean
language sql
as $$
    select pg_try_advisory_xact_lock(hashtextextended('analytics.analyze_summaries', 0))
$$;
