-- Tells the planner about the summaries, unless somebody else is at it; whether it was done. Their locks last until the
-- transaction ends, which a company's first run reaches in minutes: the runs of others must not wait for that.
create or replace function analytics.try_analyze_summaries()
returns boolean
language plpgsql
as $$
begin
    if not pg_try_advisory_xact_lock(hashtextextended('analytics.analyze_summaries', 0)) then
        return false;
    end if;
    perform analytics.analyze_summaries();
    return true;
end
$$;
